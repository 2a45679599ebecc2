package atoll.share;

import atoll.host.FileCalls;
import atoll.host.FileError;
import atoll.host.FileStatus;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads the entries of open folders. Where to go on is the host's own number for it ({@code d_off}
 * of {@code getdents64(2)}), which stays true while entries come and go.
 */
final class FolderReader {
  // struct linux_dirent64
  private static final long INODE = 0;
  private static final long NEXT = 8;
  private static final long LENGTH = 16;
  private static final long TYPE = 18;
  private static final long NAME = 19;
  private static final long LARGEST = 280;

  /** Bytes of an entry in an answer beside its name: {@code qid[13] offset[8] type[1] name[s]}. */
  private static final int ENTRY = 24;

  private static final long MOST = 64 << 10;

  private final FileTree tree;
  private final MemorySegment entries = Arena.ofAuto().allocate(MOST, Long.BYTES);

  FolderReader(FileTree tree) {
    this.tree = tree;
  }

  /**
   * Adds entries to an answer, behind their count.
   *
   * @param from 0, or the place behind an entry that an earlier answer had
   * @param room bytes that they may have
   */
  void read(Fid.OfFile folder, long from, long room, Reply out) throws FileError {
    int descriptor = folder.descriptor();
    FileStatus status = tree.calls().status(descriptor);
    if (!status.isFolder()) {
      throw new FileError(FileCalls.ENOTDIR);
    }
    if (folder.position() != from) {
      tree.calls().seek(descriptor, from);
    }
    folder.position(-1); // Unknown, if this fails.
    // The host's entries are no shorter than six sevenths of those of an answer: all will fit.
    long size = Math.clamp(room * 6 / 7, LARGEST, MOST);
    int got = tree.calls().entries(descriptor, entries.asSlice(0, size));
    int counted = out.position();
    out.i32(0);
    int written = write(status, got, room, out);
    out.i32(counted, written);
    if (written == 0 && got > 0) {
      throw new FileError(FileCalls.EINVAL); // No room for one.
    }
    folder.position(got == 0 ? from : last(got));
  }

  private int write(FileStatus folder, int got, long room, Reply out) {
    int start = out.position();
    for (int at = 0; at < got; at += length(at)) {
      byte[] name = name(at);
      if (out.position() - start + ENTRY + name.length > room) {
        break;
      }
      int type = entries.get(ValueLayout.JAVA_BYTE, at + TYPE);
      out.qid(tree.entryQid(type, entries.get(ValueLayout.JAVA_LONG, at + INODE), name, folder));
      out.i64(entries.get(ValueLayout.JAVA_LONG, at + NEXT));
      out.u8(type);
      out.text(name);
    }
    return out.position() - start;
  }

  private int length(int at) {
    return entries.get(ValueLayout.JAVA_SHORT, at + LENGTH) & 0xffff;
  }

  private byte[] name(int at) {
    int end = at + (int) NAME;
    while (entries.get(ValueLayout.JAVA_BYTE, end) != 0) {
      end++;
    }
    return entries.asSlice(at + NAME, end - at - NAME).toArray(ValueLayout.JAVA_BYTE);
  }

  /** Where the host stands, behind the last entry that it gave. */
  private long last(int got) {
    long next = 0;
    for (int at = 0; at < got; at += length(at)) {
      next = entries.get(ValueLayout.JAVA_LONG, at + NEXT);
    }
    return next;
  }
}
