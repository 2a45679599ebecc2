package atoll.front;

import atoll.disk.DiskFormat;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The image that a command is about. */
final class DiskSource {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "the image")
  private Path image;

  @Option(
      names = {"-f", "--format"},
      paramLabel = "FORMAT",
      converter = DiskFormatName.class,
      description = "its format, raw or qcow2; otherwise its first bytes say it")
  private DiskFormat format;

  Path image() {
    return image;
  }

  Optional<DiskFormat> format() {
    return Optional.ofNullable(format);
  }
}
