{
  "targets": [
    {
      "target_name": "ndarray_kernels",
      "includes": ["native/addon.gypi"],
      "sources": [
        "native/core/elementwise.cc",
        "native/core/kernels.cc",
        "native/core/layout.cc",
        "native/core/matmul.cc",
        "native/core/pages.cc",
        "native/core/radix_sort.cc",
        "native/core/reduce.cc",
        "native/core/sort.cc",
        "native/core/threads.cc",
        "native/core/cpu/generic/baseline.cc",
        "native/napi/addon.cc",
        "native/napi/arguments.cc",
        "native/napi/elementwise.cc",
        "native/napi/matmul.cc",
        "native/napi/reduce.cc",
        "native/napi/settings.cc",
        "native/napi/sort.cc"
      ],
      # Every processor gives the same bits: no product is added without being rounded.
      "cflags_cc": ["-ffp-contract=off"],
      "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off"] },
      "conditions": [
        [
          "target_arch=='x64'",
          {
            "sources": [
              "native/core/cpu/x86_64/avx2.cc",
              "native/core/cpu/x86_64/avx512.cc",
              "native/core/cpu/x86_64/quicksort_avx512.cc"
            ]
          }
        ]
      ]
    }
  ]
}
