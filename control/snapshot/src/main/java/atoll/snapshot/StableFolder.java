package atoll.snapshot;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Brings the names in folders to stable storage. */
final class StableFolder {
  private StableFolder() {}

  /** Returns once the names in a folder are there after a power cut too, where the host can. */
  static void force(Path folder) throws IOException {
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(folder)) {
        channel.force(true);
      }
    }
  }
}
