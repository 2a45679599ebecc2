package atoll.disk;

import atoll.host.HostException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image and those behind it, from the first one on.
 *
 * @param images in order
 */
public record ImageFiles(List<Layer> images) {
  private static final int MOST = 256;

  /**
   * One of them.
   *
   * @param data another file that its clusters are in
   */
  public record Layer(DiskLocation image, DiskFormat format, Optional<Path> data) {}

  public ImageFiles {
    images = List.copyOf(images);
  }

  /**
   * Looks at an image, which may be in use.
   *
   * @param format as the user says; otherwise its first bytes decide
   * @throws HostException if one of them cannot be read
   */
  public static ImageFiles of(DiskLocation image, Optional<DiskFormat> format) {
    List<Layer> images = new ArrayList<>();
    try {
      Optional<ImageName> next = Optional.of(new ImageName(image, format));
      while (next.isPresent() && images.size() < MOST) {
        ImageInfo info = ImageInfo.of(next.get().location(), next.get().format());
        images.add(layer(info));
        next = behind(info);
      }
    } catch (IOException e) {
      throw ImageFile.unusable(image, "cannot be read: " + HostException.reason(e));
    }
    return new ImageFiles(images);
  }

  private static Layer layer(ImageInfo info) throws IOException {
    Optional<String> data = info.qcow2().flatMap(ImageInfo.Qcow2::dataFile);
    return new Layer(
        info.file(),
        info.format(),
        data.isEmpty() ? Optional.empty() : Optional.of(ImageName.file(info.file(), data.get())));
  }

  private static Optional<ImageName> behind(ImageInfo info) throws IOException {
    if (info.fullBackingFile().isEmpty()) {
      return Optional.empty();
    }
    DiskLocation location = info.fullBackingFile().get();
    Optional<DiskFormat> format =
        info.backingFormat().isEmpty()
            ? Optional.empty()
            : Optional.of(ImageName.format(location, info.backingFormat().get()));
    return Optional.of(new ImageName(location, format));
  }
}
