package atoll.disk;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Writes what a qcow2 image has into its backing file. That is on stable storage before the image
 * is emptied, so it can be repeated if it was interrupted.
 */
final class BackingCommit {
  private static final int PIECE = 1 << 20;

  private final Path image;

  BackingCommit(Path image) {
    this.image = image;
  }

  void run(boolean keep, CopyProgress progress) throws IOException {
    DiskLocation place = DiskLocation.of(image);
    ImageName behind =
        ImageChain.behind(place)
            .orElseThrow(() -> ImageFile.unusable(image, "has no backing file to commit to"));
    try (Qcow2Disk top = ImageChain.openAlone(place);
        BlockBackend below = DiskImages.open(behind.location(), behind.format(), false)) {
      if (below.size() < top.size()) {
        ImageTool.resize(below, top.size());
      }
      copy(top, below, progress);
      below.flush();
      if (!keep) {
        top.empty();
        top.flush();
      }
    }
  }

  private static void copy(Qcow2Disk top, BlockBackend below, CopyProgress progress)
      throws IOException {
    MemorySegment buffer = MemorySegment.ofArray(new byte[PIECE]);
    for (long at = 0; at < top.size(); ) {
      Extent extent = top.find(at, Math.min(PIECE, top.size() - at));
      MemorySegment part = buffer.asSlice(0, extent.length());
      switch (extent.kind()) {
        case DATA, COMPRESSED -> {
          top.read(at, part);
          below.write(at, part);
        }
        case ZERO -> below.writeZeroes(at, extent.length(), true);
        case BACKING -> {}
      }
      at += extent.length();
      progress.at(at, top.size());
    }
  }
}
