package atoll.snapshot;

import atoll.image.Progress;
import atoll.image.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A snapshot that is open: its manifest has been checked, and its files are there and have the size
 * that they must have. Whether their bytes are what was saved, {@link #verify} says. It stays whole
 * for whoever has it open, also if it is removed or replaced meanwhile. Thread-safe.
 */
public final class Snapshot implements AutoCloseable {
  /** More pieces of a region than any writer makes. */
  private static final int MOST_PARTS = 4 * MemoryWriter.MOST_PARTS;

  private static final String FILE = "file-";

  private final String name;
  private final Path folder;
  private final Manifest manifest;
  private final byte[] encoded;
  private final List<SavedMemory> regions = new ArrayList<>();

  private Snapshot(String name, Path folder, Manifest manifest, byte[] encoded) {
    this.name = name;
    this.folder = folder;
    this.manifest = manifest;
    this.encoded = encoded;
  }

  /**
   * Opens the one in a folder, which anybody may have made.
   *
   * @throws RefusedException if it is not whole
   */
  static Snapshot open(String name, Path folder) throws IOException {
    byte[] bytes = ManifestFile.read(folder);
    Manifest manifest = ManifestFile.decode(bytes, folder.resolve(ManifestFile.NAME).toString());
    Snapshot snapshot = new Snapshot(name, folder, manifest, bytes);
    try {
      for (Manifest.Region region : manifest.regions()) {
        snapshot.add(region, folder);
      }
      return snapshot;
    } catch (IOException | RuntimeException e) {
      snapshot.close();
      throw e;
    }
  }

  private void add(Manifest.Region region, Path folder) throws IOException {
    int number = regions.size();
    long pages = Manifest.Region.pages(region.bytes());
    Optional<PageFile> base =
        file(region.baseTable(), MemoryWriter.basePath(folder, number), pages);
    Optional<PageFile> delta = Optional.empty();
    try {
      delta = file(region.deltaTable(), MemoryWriter.deltaPath(folder, number), pages);
    } finally {
      regions.add(new SavedMemory(region, base, delta));
    }
    if (regions.getLast().extents().size() > MOST_PARTS) {
      throw new RefusedException(
          "%s: the memory %s is in more than %d pieces; the snapshot is not Atoll's"
              .formatted(folder, region.name(), MOST_PARTS));
    }
  }

  private static Optional<PageFile> file(ChunkTable table, Path path, long pages)
      throws IOException {
    return table.stored() == 0 ? Optional.empty() : Optional.of(PageFile.open(path, pages));
  }

  /** What a file is called that a user of snapshots has put in one. */
  static String fileName(String file) {
    if (!file.matches("[A-Za-z0-9.-]{1,100}")) {
      throw new IllegalArgumentException(
          "a file has 1 to 100 letters, digits, dots and hyphens, not '%s'".formatted(file));
    }
    return FILE + file;
  }

  /**
   * Where a file is that was put in it; nobody may write to it.
   *
   * @throws RefusedException if it is not there
   */
  public Path file(String file) {
    Path found = folder.resolve(fileName(file));
    if (!Files.isRegularFile(found, LinkOption.NOFOLLOW_LINKS)) {
      throw new RefusedException(
          "%s is not there, or no file; the snapshot is not whole".formatted(found));
    }
    return found;
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** When it was saved. */
  public Instant saved() {
    return Instant.EPOCH.plusNanos(manifest.saved());
  }

  /** The encoded state of the system. */
  public byte[] state() {
    return manifest.state().clone();
  }

  /** What was kept under a key. */
  public Optional<byte[]> text(String key) {
    return Optional.ofNullable(manifest.texts().get(key)).map(byte[]::clone);
  }

  /** The keys of all texts. */
  public List<String> textKeys() {
    return List.copyOf(new TreeSet<>(manifest.texts().keySet()));
  }

  /** What is known of each disk, by name. */
  public Map<String, byte[]> disks() {
    Map<String, byte[]> disks = new TreeMap<>();
    manifest.disks().forEach((disk, record) -> disks.put(disk, record.clone()));
    return disks;
  }

  /** All regions of memory, in the order in which they were saved. */
  public List<SavedMemory> memories() {
    return List.copyOf(regions);
  }

  /** A region of memory. */
  public Optional<SavedMemory> memory(String region) {
    return regions.stream().filter(each -> each.name().equals(region)).findFirst();
  }

  /** Bytes of memory that are in files. */
  public long stored() {
    return regions.stream().mapToLong(SavedMemory::stored).sum();
  }

  /**
   * Compares all memory with its checksums, at some gigabytes in a second; may be done while it is
   * in use.
   *
   * @return what is wrong, a sentence each
   */
  public List<String> verify(Progress progress) {
    List<String> wrong = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.allocateDirect(ChunkTable.MOST * ChunkTable.PAGE);
    progress.begin("verifying " + name, stored());
    try {
      Counted findings = new Counted(wrong, progress);
      regions.forEach(region -> region.verify(buffer, findings));
    } finally {
      progress.end();
    }
    return wrong;
  }

  private static final class Counted implements SavedMemory.Findings {
    /** More sentences help nobody. */
    private static final int MOST = 20;

    private final List<String> wrong;
    private final Progress progress;
    private long done;

    Counted(List<String> wrong, Progress progress) {
      this.wrong = wrong;
      this.progress = progress;
    }

    @Override
    public void damaged(String sentence) {
      if (wrong.size() < MOST) {
        wrong.add(sentence);
      }
    }

    @Override
    public void done(long bytes) {
      done += bytes;
      progress.advance(done);
    }
  }

  Manifest manifest() {
    return manifest;
  }

  /** The manifest as it is in its file. */
  byte[] encoded() {
    return encoded;
  }

  /** Gives the files back; memory that began with them stays as it is. */
  @Override
  public void close() {
    for (SavedMemory region : regions) {
      region.base().ifPresent(PageFile::close);
      region.delta().ifPresent(PageFile::close);
    }
  }
}
