package atoll.share;

import atoll.host.FileCalls;
import atoll.host.FileError;
import atoll.host.FileStatus;

/** What is told of a file, and what of it can be set. */
final class FileDetails {
  // Tgetattr: what is asked for and known.
  private static final long BASIC = 0x7ff;
  private static final long BIRTH = 0x800;

  // Tsetattr
  private static final int MODE = 1;
  private static final int USER = 2;
  private static final int GROUP = 4;
  private static final int SIZE = 8;
  private static final int ACCESSED = 0x10;
  private static final int MODIFIED = 0x20;
  private static final int ACCESSED_SET = 0x80;
  private static final int MODIFIED_SET = 0x100;

  /** By which Linux knows this file system; other ones would be taken for disks. */
  private static final int FILE_SYSTEM = 0x0102_1997;

  private final FileTree tree;

  FileDetails(FileTree tree) {
    this.tree = tree;
  }

  void get(Fid.OfFile file, long asked, Reply out) throws FileError {
    FileStatus status = tree.calls().status(file.descriptor());
    out.i64(asked & (status.hasBirth() ? BASIC | BIRTH : BASIC));
    out.qid(tree.qid(status));
    out.i32(status.mode());
    out.i32(status.user());
    out.i32(status.group());
    out.i64(status.links());
    out.i64(status.special());
    out.i64(status.size());
    out.i64(status.blockSize());
    out.i64(status.blocks());
    time(status.accessed(), out);
    time(status.modified(), out);
    time(status.changed(), out);
    time(status.born(), out);
    out.i64(0); // generation and data version are not known
    out.i64(0);
  }

  private static void time(FileStatus.Time time, Reply out) {
    out.i64(time.seconds());
    out.i64(time.nanos());
  }

  /** In an order in which nothing undoes what came before. */
  void set(Fid.OfFile file, Request in) throws FileError {
    int descriptor = file.descriptor();
    int valid = in.i32();
    int mode = in.i32();
    int user = in.i32();
    int group = in.i32();
    long size = in.i64();
    if ((valid & SIZE) != 0) {
      resize(file, size);
    }
    if ((valid & (USER | GROUP)) != 0) {
      tree.owner(descriptor, (valid & USER) != 0 ? user : -1, (valid & GROUP) != 0 ? group : -1);
    }
    if ((valid & MODE) != 0) {
      tree.mode(descriptor, mode);
    }
    if ((valid & (ACCESSED | MODIFIED)) != 0) {
      setTimes(descriptor, valid, in);
    }
  }

  private void resize(Fid.OfFile file, long size) throws FileError {
    int type = tree.calls().status(file.descriptor()).type();
    if (type != FileStatus.FILE) {
      throw new FileError(type == FileStatus.FOLDER ? FileCalls.EISDIR : FileCalls.EINVAL);
    }
    tree.calls().size(file.descriptor(), file.writable(), size);
  }

  private void setTimes(int descriptor, int valid, Request in) throws FileError {
    long accessed = in.i64();
    long accessedNanos = in.i64();
    long modified = in.i64();
    long modifiedNanos = in.i64();
    tree.calls()
        .times(
            descriptor,
            accessed,
            nanos(valid, ACCESSED, ACCESSED_SET, accessedNanos),
            modified,
            nanos(valid, MODIFIED, MODIFIED_SET, modifiedNanos));
  }

  /** A time that is to be set but not said is the host's own. */
  private static long nanos(int valid, int set, int said, long nanos) throws FileError {
    if ((valid & set) == 0) {
      return FileCalls.OMIT;
    }
    if ((valid & said) == 0) {
      return FileCalls.NOW;
    }
    if (nanos < 0 || nanos >= 1_000_000_000) {
      throw new FileError(FileCalls.EINVAL);
    }
    return nanos;
  }

  void space(Fid.OfFile file, Reply out) throws FileError {
    FileCalls.Space space = tree.calls().space(file.descriptor());
    out.i32(FILE_SYSTEM);
    out.i32(space.blockSize());
    out.i64(space.blocks());
    out.i64(space.free());
    out.i64(space.available());
    out.i64(space.files());
    out.i64(space.freeFiles());
    out.i64(space.id());
    out.i32(space.name());
  }
}
