package atoll.codestore;

import atoll.engine.CodeStore;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.Tasks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * Translated code of earlier runs, in a user's folder, and what this run adds to it. Whatever is
 * wrong with the folder or a file in it: guests run, only slower.
 */
public final class CodeLibrary implements CodeStore, AutoCloseable {
  /** Bytes of code of one build at most, and of what one run adds. */
  private static final long LIMIT = 128L << 20;

  /** Files of one build; more are made one. */
  private static final int MOST_FILES = 4;

  /** Less than this is not worth a file. */
  private static final long LEAST = 16 << 10;

  /** Nor is less than this part of what there is. */
  private static final int LEAST_PART = 32;

  private final CodeFolder folder;
  private final BuildId build;
  private final Tasks.Sequence writing;

  /** In names of files: no other process has it at the same time. */
  private final String author;

  private volatile List<CodeFile> files;

  /** What is being added; null if there is nothing. */
  private CodeFileWriter adding;

  private int added;
  private boolean closed;

  private CodeLibrary(CodeFolder folder, BuildId build, Tasks.Sequence writing, String author)
      throws IOException {
    this.folder = folder;
    this.build = build;
    this.writing = writing;
    this.author = author;
    files = folder.open(build, MOST_FILES);
  }

  /**
   * Opens what there is for the build that runs.
   *
   * @param all the folder of all builds, which need not be there
   * @param clock tells how old files are
   * @return nothing if this cannot be done here
   */
  public static Optional<CodeLibrary> open(Path all, Effects effects, Clock clock) {
    return BuildId.running().flatMap(build -> open(all, build, effects, clock));
  }

  static Optional<CodeLibrary> open(Path all, BuildId build, Effects effects, Clock clock) {
    Tasks.Sequence writing = effects.tasks().sequence("translated code");
    byte[] author = new byte[8];
    effects.entropy().fill(author);
    try {
      return Optional.of(
          new CodeLibrary(
              new CodeFolder(all, build, clock), build, writing, HexFormat.of().formatHex(author)));
    } catch (IOException | UncheckedIOException e) {
      writing.close();
      return Optional.empty();
    }
  }

  @Override
  public CodeStore.Reader reader() {
    return new CodeReader(files);
  }

  @Override
  public synchronized void keep(long key, Label label, MemorySegment piece, boolean instead) {
    if (closed) {
      return;
    }
    if (adding == null) {
      begin();
    }
    if (adding != null && (instead || !adding.has(key, label))) {
      adding.add(key, label, piece);
    }
  }

  private void begin() {
    try {
      String name = author + "-" + ++added;
      adding = new CodeFileWriter(folder.part(name), build, LIMIT, writing);
    } catch (IOException | UncheckedIOException e) {
      closed = true; // nobody can write there
    }
  }

  /**
   * Has what was added since the last time found by later runs, in this process as well, if it is
   * worth it. Takes some tens of milliseconds.
   */
  public void publish() {
    CodeFileWriter complete;
    synchronized (this) {
      complete = adding;
      adding = null;
    }
    if (complete != null) {
      await(() -> publish(complete));
    }
  }

  /** Has something done behind all that is to be written, and waits for it. */
  private void await(Runnable task) {
    CountDownLatch done = new CountDownLatch(1);
    writing.execute(() -> {
      try {
        task.run();
      } finally {
        done.countDown();
      }
    });
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void publish(CodeFileWriter complete) {
    long known = files.stream().mapToLong(CodeFile::size).sum();
    try {
      if (complete.size() < Math.max(LEAST, known / LEAST_PART)) {
        complete.discard();
        return;
      }
      complete.publish(folder.next(author));
      List<CodeFile> present = folder.open(build, MOST_FILES + 1);
      if (present.size() > MOST_FILES) {
        CodeMerge.perform(present, folder, build, LIMIT, author);
        present.forEach(CodeFile::close);
        present = folder.open(build, MOST_FILES);
      }
      files = present; // harts that run keep those that they have open
      folder.tidy();
    } catch (IOException | UncheckedIOException e) {
      // It is lost, and the next run translates again.
      synchronized (this) {
        closed = true;
      }
    }
  }

  /** Publishes, and takes nothing any more. */
  @Override
  public void close() {
    publish();
    synchronized (this) {
      closed = true;
    }
    writing.close();
    files.forEach(CodeFile::close);
  }
}
