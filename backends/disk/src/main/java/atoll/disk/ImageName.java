package atoll.disk;

import atoll.host.FileFormat;
import atoll.nbd.NbdAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What an image says of another one: where it is, and perhaps its format.
 *
 * @param format if the name itself says it
 */
record ImageName(DiskLocation location, Optional<DiskFormat> format) {
  private static final String FILE = "file:";
  private static final Pattern PROTOCOL = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*");

  /**
   * Reads a name in an image.
   *
   * @throws IOException if it names neither a file nor an export
   */
  static ImageName read(DiskLocation image, String name) throws IOException {
    try {
      if (name.startsWith(JsonName.BEGINNING)) {
        ImageName said = JsonName.read(name);
        return said.location.file().isPresent()
            ? new ImageName(DiskLocation.of(beside(image, said.location.toString())), said.format)
            : said;
      }
      return new ImageName(
          NbdAddress.looksLike(name)
              ? DiskLocation.parse(name)
              : DiskLocation.of(file(image, name)),
          Optional.empty());
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "disk image %s refers to '%s': %s".formatted(image, name, e.getMessage()), e);
    } catch (IOException e) {
      throw new IOException("disk image %s: %s".formatted(image, e.getMessage()), e);
    }
  }

  /**
   * The file that an image names, relative to its own folder.
   *
   * @throws IOException if it names something else
   */
  static Path file(DiskLocation image, String name) throws IOException {
    String file = name.startsWith(FILE) ? name.substring(FILE.length()) : name;
    if (PROTOCOL.matcher(file).matches()) {
      throw new IOException(
          "disk image %s refers to '%s', expected the name of a file".formatted(image, name));
    }
    return beside(image, file);
  }

  private static Path beside(DiskLocation image, String name) throws IOException {
    Path file = Path.of(name);
    if (image.file().isEmpty() && !file.isAbsolute()) {
      throw new IOException(
          "it refers to '%s', which is in no folder that it is in itself; give it an absolute name"
              .formatted(name));
    }
    return image.file().map(own -> own.resolveSibling(file)).orElse(file);
  }

  /**
   * A format by the name that QEMU writes into images.
   *
   * @throws IOException if it is not known here
   */
  static DiskFormat format(DiskLocation image, String name) throws IOException {
    if (name.equals("file") || name.equals("host_device") || name.equals("nbd")) {
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
