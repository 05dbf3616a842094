# What every addon of these packages is built with: for the target in binding.gyp to include. Each package carries its own
# copy, because it is built from what its own tarball holds; a test compares them.
{
  "variables": {
    # Set when the addon is made that musl's systems get.
    "libc": "<!(node -p \"process.env.PREBUILD_LIBC || ''\")"
  },
  "defines": ["NAPI_VERSION=9"],
  "cflags": ["-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"],
  "cflags_cc": ["-std=c++17", "-fvisibility-inlines-hidden"],
  "xcode_settings": {
    "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
    "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
    "MACOSX_DEPLOYMENT_TARGET": "11.0",
    "WARNING_CFLAGS": ["-Wall", "-Wextra", "-Werror"]
  },
  "conditions": [
    [
      "OS=='linux'",
      {
        # One binary for every C library: no names that only newer ones have, or only glibc. 64-bit systems need none
        # of these definitions; and without type information std::make_shared would ask for a newer libstdc++.
        "cflags_cc!": ["-fno-rtti"],
        "ldflags": ["-Wl,--version-script=<(module_root_dir)/native/exports.map"],
        "conditions": [
          # Names no C library: whichever the process has answers. libgcc has what the compiler itself calls.
          [
            "libc=='musl'",
            {
              "defines": ["NODEMM_ANY_C_LIBRARY"],
              "ldflags": ["-nodefaultlibs"],
              "libraries": ["-l:libstdc++.so.6", "-lgcc"]
            }
          ],
          # The compiler's choice between atomic instructions at run time asks for a function that only glibc has.
          ["target_arch=='arm64'", { "cflags_cc": ["-mno-outline-atomics"] }],
          ["target_arch=='x64' or target_arch=='arm64'", { "defines!": ["_FILE_OFFSET_BITS=64", "_LARGEFILE_SOURCE"] }]
        ]
      }
    ]
  ]
}
