package atoll.share;

import atoll.host.FileStatus;

/**
 * A file's identity on a server.
 *
 * @param type of the file, as far as the protocol knows
 * @param version changes with the contents; never 0, which tells Linux to keep nothing of the file
 * @param path which file of the tree it is
 */
record Qid(int type, int version, long path) {
  private static final int FOLDER = 0x80;
  private static final int LINK = 0x02;

  /**
   * That of a file.
   *
   * @param root of its tree: files of other file systems below it have other numbers
   */
  static Qid of(FileStatus file, FileStatus root) {
    return new Qid(type(file), version(file), path(file, root));
  }

  private static int type(FileStatus file) {
    return switch (file.type()) {
      case FileStatus.FOLDER -> FOLDER;
      case FileStatus.LINK -> LINK;
      default -> 0;
    };
  }

  private static int version(FileStatus file) {
    long mixed = file.modified().seconds() * 1_000_000_007L + file.modified().nanos() + file.size();
    return Long.hashCode(mixed) | 1;
  }

  private static long path(FileStatus file, FileStatus root) {
    return file.inode() ^ (file.device() ^ root.device()) * 0x9e37_79b9_7f4a_7c15L;
  }

  /** Of an entry of a folder, of which only the type of {@code getdents64(2)} is known. */
  static Qid ofEntry(int entryType, long inode, FileStatus folder, FileStatus root) {
    int type = entryType << 12; // IFTODT of <dirent.h>
    int known = type == FileStatus.FOLDER ? FOLDER : type == FileStatus.LINK ? LINK : 0;
    return new Qid(known, 0, inode ^ (folder.device() ^ root.device()) * 0x9e37_79b9_7f4a_7c15L);
  }
}
