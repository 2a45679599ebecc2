package atoll.front;

import java.util.List;
import picocli.CommandLine.Option;

/** What a command that makes an image lets the user say of it. */
final class DiskNewOptions {
  @Option(
      names = {"-o", "--options"},
      paramLabel = "KEY=VALUE,...",
      description =
          "compat (1.1, 0.10), cluster_size, refcount_bits, lazy_refcounts, extended_l2,"
              + " compression_type (zlib, zstd), data_file, data_file_raw,"
              + " preallocation (off, metadata, falloc, full)")
  private List<String> options = List.of();

  DiskOptionList list() {
    return new DiskOptionList(options);
  }
}
