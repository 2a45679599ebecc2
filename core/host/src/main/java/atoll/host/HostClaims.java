package atoll.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who of this user's processes has which part of the host for itself: a file for each, which is
 * locked as long as its owner lives and has the owner's name in it. The lock is the host's, so it
 * goes with its owner, however that ends; what it has noted for its end stays, for the next owner.
 */
public final class HostClaims {
  private static final long LOCK = 0;
  private static final long MOST = 4096;
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<?>[] NOTHING = {};

  private final Path folder;

  /**
   * @param folder of this user, which is made when it is needed
   */
  public HostClaims(Path folder) {
    this.folder = folder;
  }

  /** What a file or a device is known by, whatever its names are. */
  public static String key(Path path) {
    try {
      Path real = path.toRealPath();
      Map<String, Object> found = Files.readAttributes(real, "unix:rdev,dev,ino");
      long device = ((Number) found.get("rdev")).longValue();
      return device != 0
          ? "device-%x".formatted(device)
          : "file-%x-%x"
              .formatted(
                  ((Number) found.get("dev")).longValue(), ((Number) found.get("ino")).longValue());
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return "name-%x".formatted(path.toAbsolutePath().toString().hashCode());
    }
  }

  /** What an interface of the host is known by. */
  public static String interfaceKey(String name) {
    return "interface-%x".formatted(name.hashCode());
  }

  /** Something that is this process's own, until it is closed. */
  public static final class Claim implements AutoCloseable {
    private final Path file;
    private final Optional<HostFile> lock;
    private final String owner;
    private final Optional<String> left;

    /** For whoever comes next, if that is not this one's to undo. */
    private String note;

    private Claim(Path file, Optional<HostFile> lock, String owner, Optional<String> left) {
      this.file = file;
      this.lock = lock;
      this.owner = owner;
      this.left = left;
      note = left.map(text -> text + "\n").orElse("");
      write(owner + "\n" + note);
    }

    /** What the last owner has noted, if it has ended without a word. */
    public Optional<String> left() {
      return left;
    }

    /** Notes what whoever comes next has to know if this process is killed: one line. */
    public void note(String text) {
      write(owner + "\n" + text + "\n");
      note = "";
    }

    private void write(String text) {
      try {
        Files.writeString(file, text, StandardCharsets.UTF_8);
      } catch (IOException e) {
        // The lock counts; nobody is told the name.
      }
    }

    /** Gives back what is locked by other means: nothing of it stays. */
    public void forget() {
      close();
      try {
        boolean ignored = Files.deleteIfExists(file);
      } catch (IOException e) {
        // It is empty.
      }
    }

    /** Gives it back. What the last owner has noted stays if this one could not use it either. */
    @Override
    public void close() {
      write(note.isEmpty() ? "" : "\n" + note);
      lock.ifPresent(HostFile::close);
    }
  }

  /**
   * Takes something for this process.
   *
   * @param key of {@link #key}
   * @param owner in words for whoever wants it too; one line
   * @return nothing if somebody has it already: {@link #holder}
   * @throws HostException if nobody can know, since the folder cannot be used
   */
  public Optional<Claim> take(String key, String owner) {
    Path file = folder.resolve(key);
    try {
      make();
      Files.write(file, new byte[0], StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      Optional<HostFile> lock = HostFile.open(file, true);
      boolean taken = false;
      try {
        boolean free = lock.isEmpty() || locks(lock.get());
        Optional<Claim> made = free ? Optional.of(claim(file, lock, owner)) : Optional.empty();
        taken = free;
        return made;
      } finally {
        if (!taken) {
          lock.ifPresent(HostFile::close);
        }
      }
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private HostException unusable(IOException e) {
    return new HostException(
        "%s cannot be used to say who has what of this host: %s"
            .formatted(folder, HostException.reason(e)),
        e);
  }

  private static String process(String owner) {
    return "%s (process %d)".formatted(owner, ProcessHandle.current().pid());
  }

  /**
   * A folder of the host, and all that is in it.
   *
   * @param alone nobody else is to use it
   */
  public record FolderUse(Path folder, boolean alone) {}

  /**
   * Notes which folders somebody uses.
   *
   * @param owner in words for whoever wants one alone; one line
   * @return what gives them back
   * @throws HostException if somebody else uses one of them, something in it or what it is in, and
   *     one of the two wants that alone; or if one is wanted alone and nobody can know
   */
  public AutoCloseable takeFolders(List<FolderUse> uses, String owner) {
    try {
      make();
      return new FolderClaims(folder).take(uses, process(owner));
    } catch (IOException e) {
      if (uses.stream().anyMatch(FolderUse::alone)) {
        throw unusable(e);
      }
      return () -> {};
    }
  }

  private static Claim claim(Path file, Optional<HostFile> lock, String owner) throws IOException {
    List<String> before = lines(file);
    return new Claim(
        file,
        lock,
        process(owner),
        before.size() > 1 ? Optional.of(before.get(1)) : Optional.empty());
  }

  private void make() throws IOException {
    if (!Files.isDirectory(folder)) {
      boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
      FileAttribute<?>[] mine = posix ? new FileAttribute<?>[] {OWNER_ONLY} : NOTHING;
      Files.createDirectories(folder.getParent());
      Files.createDirectories(folder, mine); // Another Atoll may just have made it.
    }
  }

  /**
   * First all lock and then they look, so of two that come at the same time one gets in at most.
   */
  private static boolean locks(HostFile file) throws IOException {
    return file.shareLock(LOCK) && !file.lockedByOthers(LOCK);
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.size(file) > MOST ? List.of() : Files.readAllLines(file, StandardCharsets.UTF_8);
  }

  /** In words, who has something; nothing if it is nobody that this user knows of. */
  public Optional<String> holder(String key) {
    Path file = folder.resolve(key);
    try {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      Optional<HostFile> look = HostFile.open(file, false);
      try {
        boolean held = look.isPresent() && look.get().lockedByOthers(LOCK);
        return held ? lines(file).stream().findFirst() : Optional.empty();
      } finally {
        look.ifPresent(HostFile::close);
      }
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
