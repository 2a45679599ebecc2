package atoll.disk;

import atoll.host.FileFormat;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/** What an image says of another one: its name and its format. */
final class ImageName {
  private static final String FILE = "file:";
  private static final Pattern PROTOCOL = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*");

  private ImageName() {}

  /**
   * The file that an image names.
   *
   * @throws IOException if it names something else than a file
   */
  static Path resolve(Path image, String name) throws IOException {
    String file = name.startsWith(FILE) ? name.substring(FILE.length()) : name;
    if (PROTOCOL.matcher(file).matches()) {
      throw new IOException(
          "disk image %s refers to '%s', expected the name of a file".formatted(image, name));
    }
    try {
      return image.resolveSibling(file);
    } catch (InvalidPathException e) {
      throw new IOException(
          "disk image %s refers to '%s', which is no file name".formatted(image, name), e);
    }
  }

  /**
   * A format by the name that QEMU writes into images.
   *
   * @throws IOException if it is not known here
   */
  static DiskFormat format(Path image, String name) throws IOException {
    if (name.equals("file") || name.equals("host_device")) {
      return DiskFormat.RAW; // Not layered on a format, as QEMU sees it.
    }
    Optional<DiskFormat> format = DiskFormat.of(name);
    if (format.isEmpty()) {
      String convert =
          Arrays.stream(FileFormat.values())
              .filter(other -> other.kind() == FileFormat.Kind.DISK)
              .flatMap(other -> other.unpack(image.toString()).stream())
              .filter(command -> command.contains("-f " + name + " "))
              .findFirst()
              .map(command -> "; make a raw image of it: " + command)
              .orElse("");
      throw new IOException(
          "disk image %s is of format '%s', expected raw or qcow2%s"
              .formatted(image, name, convert));
    }
    return format.get();
  }
}
