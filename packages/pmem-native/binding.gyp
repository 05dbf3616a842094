{
  "targets": [
    {
      "target_name": "pmem_native",
      "includes": ["native/addon.gypi"],
      "sources": [
        "native/core/dax_device.cc",
        "native/core/durability.cc",
        "native/core/background.cc",
        "native/core/copy_many.cc",
        "native/core/hints.cc",
        "native/core/instructions.cc",
        "native/core/large_ranges.cc",
        "native/core/mapping.cc",
        "native/core/media.cc",
        "native/core/persist_many.cc",
        "native/core/persistence_domain.cc",
        "native/core/region.cc",
        "native/core/region_copies.cc",
        "native/core/region_pieces.cc",
        "native/core/region_summed.cc",
        "native/core/share_out.cc",
        "native/core/source.cc",
        "native/core/sysfs.cc",
        "native/core/whole_cache.cc",
        "native/core/written_pages.cc",
        "native/core/cpu/generic/copy.cc",
        "native/core/cpu/generic/crc32c.cc",
        "native/core/os/bus_fault_posix.cc",
        "native/core/os/lent_read_posix.cc",
        "native/core/os/safe_read_posix.cc",
        "native/napi/addon.cc",
        "native/napi/arguments.cc",
        "native/napi/background.cc",
        "native/napi/copy_many.cc",
        "native/napi/environment.cc",
        "native/napi/lifecycle.cc",
        "native/napi/persist_many.cc",
        "native/napi/read.cc",
        "native/napi/results.cc",
        "native/napi/shared_views.cc",
        "native/napi/verbs.cc",
        "native/napi/view_calls.cc",
        "native/napi/views.cc",
        "native/napi/work.cc"
      ],
      "defines": ["NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "conditions": [
        [
          "OS=='linux'",
          {
            # The signal handler outlives every environment: see keep_loaded in native/core/os/memory.h.
            "ldflags": ["-Wl,-z,nodelete"],
            "sources": [
              "native/core/os/file_linux.cc",
              "native/core/os/memory_linux.cc",
              "native/core/os/older_libraries_linux.cc"
            ]
          }
        ],
        [
          "OS=='mac'",
          { "sources": ["native/core/os/file_darwin.cc", "native/core/os/memory_darwin.cc"] }
        ],
        [
          "target_arch=='x64'",
          {
            "sources": [
              "native/core/cpu/x86_64/copy_summed_avx512.cc",
              "native/core/cpu/x86_64/crc32c.cc",
              "native/core/cpu/x86_64/flush.cc",
              "native/core/cpu/x86_64/instructions.cc",
              "native/core/cpu/x86_64/stream_avx2.cc",
              "native/core/cpu/x86_64/stream_avx512.cc",
              "native/core/cpu/x86_64/stream_movdir64b.cc",
              "native/core/cpu/x86_64/stream_sse2.cc"
            ]
          }
        ],
        ["target_arch=='arm64'", { "sources": ["native/core/cpu/arm64/instructions.cc"] }],
        ["target_arch!='x64' and target_arch!='arm64'", { "sources": ["native/core/cpu/generic/instructions.cc"] }]
      ]
    }
  ]
}
