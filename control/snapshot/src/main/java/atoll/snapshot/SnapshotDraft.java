package atoll.snapshot;

import atoll.host.HostException;
import atoll.image.FolderHold;
import atoll.image.RefusedException;
import atoll.image.Trees;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A snapshot in the making. Nobody sees it before {@link #commit}; closed without that, it leaves
 * nothing, and what a killed process leaves is removed when the snapshots are used the next time.
 * For one thread at a time, but for the {@link MemoryWriter}s, of which each can have its own.
 */
public final class SnapshotDraft implements AutoCloseable {
  private final SnapshotStore store;
  private final String name;
  private final Optional<Snapshot> parent;
  private final Path folder;
  private final FolderHold hold;
  private final Map<String, byte[]> texts = new HashMap<>();
  private final Map<String, byte[]> disks = new HashMap<>();
  private final Map<String, MemoryWriter> regions = new HashMap<>();
  private final List<MemoryWriter> writers = new ArrayList<>();

  /** Those that are made for it; without a content, which is looked at in the end. */
  private final Map<String, Optional<Manifest.Content>> files = new TreeMap<>();

  private List<Manifest.Region> saved = List.of();
  private byte[] state = new byte[0];
  private boolean open = true;

  SnapshotDraft(
      SnapshotStore store, String name, Optional<Snapshot> parent, Path folder, FolderHold hold) {
    this.store = store;
    this.name = name;
    this.parent = parent;
    this.folder = folder;
    this.hold = hold;
  }

  /** Sets the encoded state of the system. */
  public void state(byte[] encoded) {
    state = encoded.clone();
  }

  /**
   * Keeps something under a key.
   *
   * @param key 1 to 200 characters
   */
  public void text(String key, byte[] value) {
    Manifest.requireName(key);
    texts.put(key, value.clone());
  }

  /**
   * Keeps what is to be known of a disk; its content is not here.
   *
   * @param disk its name, 1 to 200 characters
   */
  public void disk(String disk, byte[] record) {
    Manifest.requireName(disk);
    disks.put(disk, record.clone());
  }

  /**
   * A file of the snapshot, such as what a disk has. The caller makes it before the {@link
   * #commit}, which brings it to stable storage.
   *
   * @param file its name: letters, digits, dots and hyphens
   */
  public Path file(String file) {
    Manifest.Content.requireFileName(file);
    files.put(file, Optional.empty());
    return Manifest.Content.place(folder, file);
  }

  /** Where a file is that it has. */
  public Path place(String file) {
    return Manifest.Content.place(folder, file);
  }

  /** Whether it has a file of that name. */
  public boolean has(String file) {
    return files.containsKey(file);
  }

  /** Has it without a file that was made for it. */
  public void drop(String file) {
    try {
      files.remove(file);
      Files.deleteIfExists(Manifest.Content.place(folder, file));
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /**
   * Takes files of another snapshot over, under their names: both have them then, whichever is
   * removed first, and neither changes them.
   *
   * @return false if that is not possible here: then none is taken
   */
  public boolean share(Snapshot other, List<String> names) {
    List<String> taken = new ArrayList<>();
    for (String name : names) {
      if (!has(name)) {
        if (!link(other, name)) {
          taken.forEach(this::drop);
          return false;
        }
        taken.add(name);
        files.put(name, Optional.of(other.content(name)));
      }
    }
    return true;
  }

  /** Not where files have one name only, nor if it is gone from there. */
  private boolean link(Snapshot other, String name) {
    try {
      Files.createLink(Manifest.Content.place(folder, name), other.file(name));
      return true;
    } catch (UnsupportedOperationException | IOException e) {
      return false;
    }
  }

  /**
   * A region of memory, which is what the parent has under that name, or zeroes, until it is
   * written.
   *
   * @param region its name, 1 to 200 characters
   * @param bytes of the region; one of the parent's with another size is not its beginning
   */
  public MemoryWriter memory(String region, long bytes) {
    return memory(
        region,
        bytes,
        parent.flatMap(p -> p.memory(region)).filter(saved -> saved.size() == bytes));
  }

  /**
   * One that is what another snapshot has of some region until it is written.
   *
   * @param before of the same size, of a snapshot that stays open until this is closed
   */
  public MemoryWriter memory(String region, SavedMemory before) {
    return memory(region, before.size(), Optional.of(before));
  }

  /** One that is zeroes until it is written, whatever the parent has. */
  public MemoryWriter newMemory(String region, long bytes) {
    return memory(region, bytes, Optional.empty());
  }

  private MemoryWriter memory(String region, long bytes, Optional<SavedMemory> before) {
    Manifest.Region checked = new Manifest.Region(region, bytes, new byte[0], new byte[0]);
    MemoryWriter writer = new MemoryWriter(folder, writers.size(), checked.name(), bytes, before);
    if (regions.putIfAbsent(region, writer) != null) {
      throw new IllegalArgumentException("the region '%s' is there already".formatted(region));
    }
    writers.add(writer);
    return writer;
  }

  /**
   * Completes the memory, none of which is written any more: little of the {@link #commit} is left
   * then that can fail.
   *
   * @throws HostException if the host has no room for it
   */
  public void settle() {
    if (saved.size() == writers.size()) {
      return;
    }
    try {
      List<Manifest.Region> all = new ArrayList<>();
      for (MemoryWriter writer : writers) {
        all.add(writer.finish());
      }
      saved = all;
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /**
   * Makes it a snapshot, on stable storage, in the place of one of its name. This reads what was
   * written once more, for the checksums; no machine needs to wait for it.
   *
   * @return the snapshot, for the next one to begin with
   * @throws HostException if the host has no room for it; then nothing has changed
   */
  public Snapshot commit() {
    if (!open) {
      throw new IllegalStateException("the snapshot is closed already");
    }
    try {
      settle();
      List<Manifest.Content> kept = new ArrayList<>();
      for (Map.Entry<String, Optional<Manifest.Content>> file : files.entrySet()) {
        Path place = Manifest.Content.place(folder, file.getKey());
        kept.add(
            file.getValue().isPresent()
                ? file.getValue().get()
                : KeptFile.keep(place, file.getKey()));
      }
      return publish(
          ManifestFile.encode(new Manifest(store.now(), state, texts, disks, kept, saved)));
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /**
   * Makes it a snapshot whose files are there.
   *
   * @param manifest in its binary form
   */
  Snapshot publish(byte[] manifest) throws IOException {
    ManifestFile.write(folder, manifest);
    StableFolder.force(folder);
    Path place = store.publish(name, folder, hold);
    open = false;
    return Snapshot.open(name, place);
  }

  RuntimeException failure(IOException e) {
    return e instanceof ClosedByInterruptException
        ? new RefusedException(
            "the snapshot %s is not saved: it was interrupted".formatted(name), e)
        : new HostException(
            "the snapshot %s cannot be saved: %s; make room in %s"
                .formatted(name, HostException.reason(e), folder.getParent()),
            e);
  }

  Path folder() {
    return folder;
  }

  /** Removes it, unless it has become a snapshot. */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    open = false;
    try (hold) {
      for (MemoryWriter writer : writers) {
        writer.close();
      }
      Trees.delete(folder);
    } catch (IOException e) {
      throw new HostException(
          "%s, a snapshot that was not completed, cannot be removed (%s); remove it yourself"
              .formatted(folder, HostException.reason(e)),
          e);
    }
  }
}
