package atoll.share;

import atoll.device.spi.ShareBackend;
import atoll.host.FileCalls;
import atoll.host.FileError;
import atoll.host.FileStatus;
import atoll.host.HostException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A folder of the host that a guest uses, with all that is below it. */
public final class SharedFolder implements ShareBackend {
  /** The longest message: twice what Linux sends unless told otherwise; copied in tens of µs. */
  private static final int MOST_BYTES = 256 << 10;

  private static final int MOST_FIDS = 1 << 16;

  /** The part of the process' descriptors that one share may take. */
  private static final int PART_OF_DESCRIPTORS = 4;

  private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files\\s+(\\d+)");

  private final String tag;
  private final Consumer<String> reports;
  private final FileTree tree;
  private final FileCalls calls;
  private final NinePServer server;
  private final ByteBuffer request = buffer();
  private final ByteBuffer answer = buffer();
  private boolean defectReported;

  private SharedFolder(
      String tag, FileTree tree, boolean readOnly, int mostFids, Consumer<String> reports) {
    this.tag = tag;
    this.tree = tree;
    this.calls = tree.calls();
    this.reports = reports;
    server = new NinePServer(tree, readOnly, MOST_BYTES, mostFids, this::defect);
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocateDirect(MOST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Opens a folder for a guest.
   *
   * @param tag by what the guest knows it
   * @param readOnly whether nothing in it can be changed
   * @param reports gets a sentence without a full stop for the host's user, on the share's thread
   * @throws HostException if it is no folder, may not be used, or this host cannot share folders
   */
  public static SharedFolder open(
      Path folder, String tag, boolean readOnly, Consumer<String> reports) {
    obstacle(folder, readOnly)
        .ifPresent(why -> {
          throw new HostException("shared folder " + why);
        });
    FileCalls calls = FileCalls.ofHost().orElseThrow();
    byte[] path = folder.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
    try {
      FileTree tree = new FileTree(calls, calls.folder(path));
      return new SharedFolder(tag, tree, readOnly, mostFids(), reports);
    } catch (FileError e) {
      throw new HostException(
          "shared folder %s cannot be opened: error %d".formatted(folder, e.number()));
    }
  }

  /** Why a folder cannot be shared, and what to do; nothing if it can. */
  public static Optional<String> obstacle(Path folder, boolean readOnly) {
    if (FileCalls.ofHost().isEmpty()) {
      return Optional.of(
          folder + " cannot be shared by this host, only by Linux; put the files on a disk");
    }
    if (!Files.exists(folder)) {
      return Optional.of("%s does not exist; make it with: mkdir %s".formatted(folder, folder));
    }
    if (!Files.isDirectory(folder)) {
      return Optional.of(folder + " is no folder; give the folder that it is in");
    }
    if (!Files.isReadable(folder) || !Files.isExecutable(folder)) {
      return Optional.of(folder + " may not be read; check its permissions");
    }
    return readOnly || Files.isWritable(folder)
        ? Optional.empty()
        : Optional.of(folder + " may not be written; change its mode, or share it read-only");
  }

  /** What one guest has open must leave descriptors for all others. */
  private static int mostFids() {
    try {
      Matcher limit = OPEN_FILES.matcher(Files.readString(Path.of("/proc/self/limits")));
      return limit.find()
          ? (int) Math.min(MOST_FIDS, Long.parseLong(limit.group(1)) / PART_OF_DESCRIPTORS)
          : MOST_FIDS;
    } catch (IOException e) {
      return MOST_FIDS;
    }
  }

  private void defect(Throwable thrown) {
    if (!defectReported) {
      defectReported = true;
      reports.accept("%s: %s; the guest gets I/O errors".formatted(name(), thrown));
    }
  }

  private String name() {
    return "shared folder " + tree.place();
  }

  @Override
  public String tag() {
    return tag;
  }

  @Override
  public ByteBuffer request() {
    return request.clear();
  }

  @Override
  public synchronized ByteBuffer answer(int room) {
    int agreed = server.messageBytes() == 0 ? MOST_BYTES : server.messageBytes();
    server.answer(request.rewind(), answer.clear().limit(Math.min(room, agreed)));
    return answer;
  }

  @Override
  public synchronized void reset() {
    server.reset();
  }

  @Override
  public synchronized State state() {
    List<Handle> handles = new ArrayList<>();
    for (Map.Entry<Integer, Fid> fid : server.fids().all().entrySet()) {
      if (fid.getValue() instanceof Fid.OfFile file) {
        handles.add(handle(fid.getKey(), file));
      }
    }
    return new State(server.messageBytes(), handles, server.locks().all());
  }

  private Handle handle(int number, Fid.OfFile file) {
    try {
      FileStatus status = calls.status(file.descriptor());
      byte[] bytes = status.links() == 0 ? new byte[0] : tree.pathOf(file.descriptor());
      String path = new String(bytes, StandardCharsets.ISO_8859_1);
      return new Handle(number, path, status.device(), status.inode(), file.open(), file.flags());
    } catch (FileError e) {
      return new Handle(number, "", 0, 0, file.open(), file.flags());
    }
  }

  /** Files that are open here already, as the state says, stay so. */
  @Override
  public synchronized void restore(State state) {
    Map<Integer, Fid> before = server.fids().all();
    int lost = 0;
    for (Handle handle : state.handles()) {
      Fid kept = before.remove(handle.fid());
      if (kept == null || !isSame(kept, handle)) {
        Fid found = reopen(handle);
        lost += isLost(found) ? 1 : 0;
        replace(handle.fid(), kept, found);
      }
    }
    before.forEach(this::dropFile);
    server.locks().restore(state.locks());
    server.messageBytes(Math.clamp(state.messageBytes(), 0, MOST_BYTES));
    if (lost > 0) {
      reports.accept(
          "%s: %d files that the guest had open are not there any more; it gets errors for them"
              .formatted(name(), lost));
    }
  }

  private void replace(int number, Fid kept, Fid found) {
    if (kept != null) {
      kept.close(calls);
    }
    server.fids().put(number, found);
  }

  private void dropFile(int number, Fid fid) {
    if (fid instanceof Fid.OfFile) {
      try {
        server.fids().remove(number).close(calls);
      } catch (FileError e) {
        // It was there a moment ago.
        throw new IllegalStateException(e);
      }
    }
  }

  private boolean isSame(Fid fid, Handle handle) {
    try {
      return fid instanceof Fid.OfFile file
          && file.open() == handle.open()
          && file.flags() == handle.flags()
          && isSame(calls.status(file.descriptor()), handle);
    } catch (FileError e) {
      return false;
    }
  }

  private static boolean isSame(FileStatus status, Handle handle) {
    return status.device() == handle.device() && status.inode() == handle.inode();
  }

  private static boolean isLost(Fid fid) {
    try {
      return fid instanceof Fid.OfFile file && file.descriptor() < 0;
    } catch (FileError e) {
      return true;
    }
  }

  private Fid reopen(Handle handle) {
    int descriptor = -1;
    try {
      descriptor = tree.below(handle.path().getBytes(StandardCharsets.ISO_8859_1));
      if (isSame(calls.status(descriptor), handle)) {
        Fid.OfFile file = new Fid.OfFile(descriptor);
        if (handle.open()) {
          file.opened(tree.open(descriptor, handle.flags()), handle.flags(), calls);
        }
        descriptor = -1;
        return file;
      }
    } catch (FileError e) {
      // Said to the user once, and to the guest when it comes back to it.
    } finally {
      if (descriptor >= 0) {
        calls.close(descriptor);
      }
    }
    return Fid.OfFile.lost();
  }

  @Override
  public synchronized void close() {
    server.reset();
    tree.close();
  }
}
