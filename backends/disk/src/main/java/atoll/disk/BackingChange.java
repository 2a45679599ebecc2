package atoll.disk;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/** Gives a qcow2 image another backing file; what the new one has not is written into the image. */
final class BackingChange {
  private static final int PIECE = 65_536;

  private final Path image;
  private final Optional<String> backing;
  private final Optional<DiskFormat> format;

  BackingChange(Path image, Optional<String> backing, Optional<DiskFormat> format) {
    this.image = image;
    this.backing = backing;
    this.format = format;
  }

  void run(boolean unsafe, CopyProgress progress) throws IOException {
    Optional<DiskFormat> named = format;
    if (backing.isPresent()) {
      ImageName name = ImageName.read(DiskLocation.of(image), backing.get());
      if (!unsafe) {
        name.location().file().ifPresent(ImageFile::requireReadable);
      }
      named = format.or(name::format);
      if (named.isEmpty()) {
        named = Optional.of(DiskImages.detect(name.location()));
      }
    }
    if (!unsafe) {
      keepContent(named, progress);
    }
    try (ImageFile file = ImageFile.open(image, false)) {
      Qcow2Header.read(file).backing(backing, named);
      file.flush();
    }
  }

  private void keepContent(Optional<DiskFormat> named, CopyProgress progress) throws IOException {
    Optional<BlockBackend> below = Optional.empty();
    if (backing.isPresent()) {
      ImageName name = ImageName.read(DiskLocation.of(image), backing.get());
      below = Optional.of(DiskImages.open(name.location(), named, true));
    }
    try (BlockBackend top = DiskImages.open(image, Optional.of(DiskFormat.QCOW2), false)) {
      copyDifferences((Qcow2Disk) top, below, progress);
      top.flush();
    } finally {
      if (below.isPresent()) {
        below.get().close();
      }
    }
  }

  private static void copyDifferences(
      Qcow2Disk top, Optional<BlockBackend> below, CopyProgress progress) throws IOException {
    MemorySegment old = MemorySegment.ofArray(new byte[PIECE]);
    MemorySegment other = MemorySegment.ofArray(new byte[PIECE]);
    for (long at = 0; at < top.size(); ) {
      Extent extent = top.find(at, Math.min(PIECE, top.size() - at));
      if (extent.kind() == Extent.Kind.BACKING) {
        MemorySegment part = old.asSlice(0, extent.length());
        top.read(at, part);
        read(below, at, other.asSlice(0, extent.length()));
        if (part.mismatch(other.asSlice(0, extent.length())) >= 0) {
          top.write(at, part);
        }
      }
      at += extent.length();
      progress.at(at, top.size());
    }
  }

  private static void read(Optional<BlockBackend> disk, long at, MemorySegment into)
      throws IOException {
    long there = disk.isEmpty() ? 0 : Math.clamp(disk.get().size() - at, 0, into.byteSize());
    if (there > 0) {
      disk.get().read(at, into.asSlice(0, there));
    }
    into.asSlice(there).fill((byte) 0);
  }
}
