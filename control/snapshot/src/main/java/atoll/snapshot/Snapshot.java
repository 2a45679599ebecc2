package atoll.snapshot;

import atoll.host.HostException;
import atoll.image.Checksum;
import atoll.image.FolderHold;
import atoll.image.Progress;
import atoll.image.RefusedException;
import atoll.image.Trees;
import java.io.IOException;
import java.nio.ByteBuffer;
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

  private final String name;
  private final Path folder;
  private final Manifest manifest;
  private final byte[] encoded;
  private final List<SavedMemory> regions = new ArrayList<>();
  private final List<Kept> files = new ArrayList<>();

  /** Of the folder, if that goes when this is closed. */
  private Optional<FolderHold> hold = Optional.empty();

  /** Those who have still to close it. Guarded by this. */
  private int holders = 1;

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
      for (Manifest.Content file : manifest.files()) {
        Path place = Manifest.Content.place(folder, file.name());
        snapshot.files.add(new Kept(file, PageFile.open(place, file.bytes())));
      }
      return snapshot;
    } catch (IOException | RuntimeException e) {
      snapshot.close();
      throw e;
    }
  }

  /**
   * The same with a folder that is there for this alone, and is removed when it is closed.
   *
   * @param hold of the folder, closed then too
   */
  static Snapshot open(String name, Path folder, FolderHold hold) throws IOException {
    Snapshot snapshot = open(name, folder);
    snapshot.hold = Optional.of(hold);
    return snapshot;
  }

  private void add(Manifest.Region region, Path folder) throws IOException {
    int number = regions.size();
    long bytes = Manifest.wholePages(region.bytes());
    Optional<PageFile> base =
        file(region.baseTable(), MemoryWriter.basePath(folder, number), bytes);
    try {
      Optional<PageFile> delta =
          file(region.deltaTable(), MemoryWriter.deltaPath(folder, number), bytes);
      regions.add(new SavedMemory(region, base, delta));
    } catch (IOException | RuntimeException e) {
      base.ifPresent(PageFile::close);
      throw e;
    }
    if (regions.getLast().extents().size() > MOST_PARTS) {
      throw new RefusedException(
          "%s: the memory %s is in more than %d pieces; the snapshot is not Atoll's"
              .formatted(folder, region.name(), MOST_PARTS));
    }
  }

  private static Optional<PageFile> file(ChunkTable table, Path path, long bytes)
      throws IOException {
    return table.stored() == 0 ? Optional.empty() : Optional.of(PageFile.open(path, bytes));
  }

  /**
   * Where a file is that was put in it, until it is removed or another one has its name; nobody may
   * write to it.
   *
   * @throws RefusedException if there is none of that name
   */
  public Path file(String file) {
    return kept(file).file().path();
  }

  /**
   * Bytes that such a file has stored.
   *
   * @throws RefusedException if there is none of that name
   */
  public long stored(String file) {
    return kept(file).content().table().stored();
  }

  /** Whether it has a file of that name. */
  public boolean has(String file) {
    return files.stream().anyMatch(each -> each.content().name().equals(file));
  }

  Manifest.Content content(String file) {
    return kept(file).content();
  }

  private Kept kept(String file) {
    return files.stream()
        .filter(each -> each.content().name().equals(file))
        .findFirst()
        .orElseThrow(() ->
            new RefusedException(
                "%s has no file %s; the snapshot is not whole".formatted(folder, file)));
  }

  /** A file that was put in it. */
  record Kept(Manifest.Content content, PageFile file) {}

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

  /** The files that have its memory. */
  public List<Path> memoryFiles() {
    List<Path> found = new ArrayList<>();
    regions.forEach(region -> region.forEachFile((file, table) -> found.add(file.path())));
    return found;
  }

  /** The digest of what is known of it, with the checksum of each of its bytes, in hexadecimal. */
  public String digest() {
    return Checksum.of(Checksum.Algorithm.SHA256, encoded).hex();
  }

  /** Bytes of memory that are stored. */
  public long stored() {
    return regions.stream().mapToLong(SavedMemory::stored).sum();
  }

  /** Bytes of all that is stored beside the manifest. */
  long all() {
    return stored() + files.stream().mapToLong(each -> each.content().table().stored()).sum();
  }

  /** What is done with each file with pages. */
  interface Visitor {
    void visit(PageFile file, ChunkTable table) throws IOException;
  }

  /** Shows all files with pages, in the order of the manifest. */
  void forEachFile(Visitor visitor) throws IOException {
    for (SavedMemory memory : regions) {
      memory.forEachFile(visitor::visit);
    }
    for (Kept kept : files) {
      visitor.visit(kept.file(), kept.content().table());
    }
  }

  /**
   * Compares all memory and all files with their checksums, at some gigabytes in a second; may be
   * done while they are in use.
   *
   * @return what is wrong, a sentence each
   */
  public List<String> verify(Progress progress) {
    return verify(true, progress);
  }

  /** The same without the files, for who is about to use the memory. */
  public List<String> verifyMemory(Progress progress) {
    return verify(false, progress);
  }

  private List<String> verify(boolean withFiles, Progress progress) {
    List<String> wrong = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.allocateDirect(ChunkTable.MOST * ChunkTable.PAGE);
    progress.begin("verifying " + name, withFiles ? all() : stored());
    try {
      Counted findings = new Counted(wrong, progress);
      regions.forEach(
          region -> region.forEachFile((file, table) -> file.verify(table, buffer, findings)));
      if (withFiles) {
        files.forEach(kept -> kept.file().verify(kept.content().table(), buffer, findings));
      }
    } finally {
      progress.end();
    }
    return wrong;
  }

  private static final class Counted implements PageFile.Findings {
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

  /** The manifest as it is in its file. */
  byte[] encoded() {
    return encoded;
  }

  /** The same for one more, who closes it as well. */
  public synchronized Snapshot shared() {
    holders++;
    return this;
  }

  /**
   * Gives the files back once all have done so who have it; memory that began with them stays as it
   * is.
   */
  @Override
  public synchronized void close() {
    if (--holders > 0) {
      return;
    }
    for (SavedMemory region : regions) {
      region.base().ifPresent(PageFile::close);
      region.delta().ifPresent(PageFile::close);
    }
    files.forEach(kept -> kept.file().close());
    hold.ifPresent(this::removeFolder);
  }

  private void removeFolder(FolderHold held) {
    try (held) {
      Trees.delete(folder);
    } catch (IOException e) {
      throw new HostException(
          "%s cannot be removed (%s); remove it yourself"
              .formatted(folder, HostException.reason(e)),
          e);
    }
  }
}
