package atoll.front;

import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** The image that a command is about. */
final class DiskSource {
  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      converter = DiskName.class,
      description = "the image: a file, or the address of an NBD export")
  private DiskLocation image;

  @Option(
      names = {"-f", "--format"},
      paramLabel = "FORMAT",
      converter = DiskFormatName.class,
      description = "its format, raw or qcow2; otherwise its first bytes say it")
  private DiskFormat format;

  DiskLocation image() {
    return image;
  }

  /** For what can only be done to a file. */
  Path file() {
    return image
        .file()
        .orElseThrow(() ->
            new TypeConversionException(
                "%s is not a file, expected one for this; do it where the file is"
                    .formatted(image)));
  }

  Optional<DiskFormat> format() {
    return Optional.ofNullable(format);
  }
}
