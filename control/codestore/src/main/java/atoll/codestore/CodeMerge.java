package atoll.codestore;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Makes one file of several. If that would be too large, what has not been used of late goes first,
 * and of that what is oldest.
 */
final class CodeMerge {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  /** The latest first. */
  private final List<CodeFile> files;

  private final List<BitSet> kept = new ArrayList<>();

  /** Has what has been chosen, to find what is the same. */
  private final CodeIndex chosen = new CodeIndex();

  private long room;

  CodeMerge(List<CodeFile> files, long limit) {
    this.files = files;
    room = limit;
    files.forEach(file -> kept.add(new BitSet(file.count() + 1)));
  }

  /** Adds what is to be kept to a file. */
  void write(CodeFileWriter to) {
    choose(true);
    choose(false);
    for (int i = files.size() - 1; i >= 0; i--) {
      CodeFile from = files.get(i);
      kept.get(i).stream().forEach(entry -> copy(from, entry, to));
    }
  }

  private void choose(boolean used) {
    for (int i = 0; i < files.size(); i++) {
      CodeFile file = files.get(i);
      for (int entry = file.count(); entry > 0; entry--) {
        if (file.used(entry) == used && file.place(entry) >= 0) {
          choose(file, entry, kept.get(i));
        }
      }
    }
  }

  private void choose(CodeFile file, int entry, BitSet of) {
    int taken = CodeForm.taken(file.size(entry));
    if (taken <= room && !chosen.has(file.key(entry), file.label(entry))) {
      chosen.add(file.key(entry), file.label(entry), 0, 0);
      of.set(entry);
      room -= taken;
    }
  }

  private static void copy(CodeFile from, int entry, CodeFileWriter to) {
    MemorySegment all = Arena.ofAuto().allocate(CodeForm.PIECE_HEADER + from.size(entry));
    MemorySegment piece = all.asSlice(CodeForm.PIECE_HEADER);
    if (from.read(all, from.place(entry))
        && all.get(INT, 0) == from.size(entry)
        && all.get(INT, Integer.BYTES) == CodeFile.check(piece)) {
      to.add(from.key(entry), from.label(entry), piece);
    }
  }

  /** The same as {@link #write}, complete under its name; what it was made from goes. */
  static void perform(
      List<CodeFile> files, CodeFolder folder, BuildId build, long limit, String author)
      throws IOException {
    CodeFileWriter writer =
        new CodeFileWriter(folder.part(author + "-merged"), build, limit, Runnable::run);
    new CodeMerge(files, limit).write(writer);
    writer.publish(folder.next(author));
    for (CodeFile file : files) {
      boolean ignored = Files.deleteIfExists(file.path);
    }
  }
}
