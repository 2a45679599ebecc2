package atoll.image;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Where a disk image that was made elsewhere is: at an address of the web, or in a file.
 *
 * @param uri of a web server; otherwise there is a file
 * @param fileName how the image is called there
 */
record ImageAddress(Optional<URI> uri, Optional<Path> file, String fileName) {
  private static final List<String> ENDINGS =
      List.of(".gz", ".xz", ".zst", ".tar", ".tgz", ".txz", ".qcow2", ".img", ".raw");

  /** Reads what a user says. */
  static ImageAddress parse(String text) {
    if (text.matches("(?i)https?://.*")) {
      return atServer(text);
    }
    if (text.matches("(?i)[a-z][a-z0-9+.-]+://.*") && !text.startsWith("file:")) {
      throw new RefusedException(
          "'%s' is neither a file nor an address that begins with https:// or http://"
              .formatted(text));
    }
    try {
      Path file = text.startsWith("file:") ? Path.of(new URI(text)) : Path.of(text);
      if (file.getFileName() == null) {
        throw new RefusedException("'%s' is not a file; name a disk image".formatted(text));
      }
      Path whole = file.toAbsolutePath().normalize();
      return new ImageAddress(Optional.empty(), Optional.of(whole), file.getFileName().toString());
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw notAnAddress(text, e);
    }
  }

  private static ImageAddress atServer(String text) {
    try {
      URI uri = new URI(text);
      String path = uri.getPath();
      if (uri.getHost() == null || path == null || path.endsWith("/") || path.isEmpty()) {
        throw new RefusedException(
            "'%s' does not name a file of a server; give an address such as https://HOST/FOLDER/IMAGE.qcow2"
                .formatted(text));
      }
      if (uri.getUserInfo() != null) {
        throw new RefusedException(
            "the address has a user's name in it, which would be kept with the image; leave it out");
      }
      return new ImageAddress(
          Optional.of(uri), Optional.empty(), path.substring(path.lastIndexOf('/') + 1));
    } catch (URISyntaxException e) {
      throw notAnAddress(text, e);
    }
  }

  private static RefusedException notAnAddress(String text, Exception e) {
    return new RefusedException("'%s' is not an address: %s".formatted(text, e.getMessage()), e);
  }

  /**
   * A file beside it.
   *
   * @param name with {@code %s} in place of its own
   */
  ImageAddress beside(String name) {
    return new ImageAddress(
        uri.map(address -> address.resolve(name.formatted(rawName(address)))),
        file.map(path -> path.resolveSibling(name.formatted(fileName))),
        name.formatted(fileName));
  }

  /** As it is in the address, where some characters have codes. */
  private static String rawName(URI address) {
    return address.getRawPath().substring(address.getRawPath().lastIndexOf('/') + 1);
  }

  /**
   * What an image from there is called, if its user says nothing; nothing if no name comes of it.
   */
  Optional<String> imageName() {
    String name = fileName.toLowerCase(Locale.ROOT);
    for (Optional<String> end = ending(name); end.isPresent(); end = ending(name)) {
      name = name.substring(0, name.length() - end.get().length());
    }
    name = name.replaceAll("[^a-z0-9]+", "-").replaceAll("^[^a-z]+|-+$", "");
    return Optional.of(name).filter(each -> Recipe.NAME.matcher(each).matches());
  }

  private static Optional<String> ending(String name) {
    return ENDINGS.stream().filter(name::endsWith).findFirst();
  }

  @Override
  public String toString() {
    return uri.map(URI::toString).orElseGet(() -> file.orElseThrow().toString());
  }
}
