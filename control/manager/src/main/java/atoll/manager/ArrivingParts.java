package atoll.manager;

import atoll.device.spi.BlockBackend;
import atoll.device.spi.DiskLimits;
import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.disk.ReportedDisk;
import atoll.host.HostException;
import atoll.host.HostMemory;
import atoll.image.RefusedException;
import atoll.migration.Region;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Memory and disks that come from another host. Disks become raw images in a folder, which stay if
 * the system does. Used by one thread at a time.
 */
final class ArrivingParts {
  private final SavedSystem system;
  private final Set<String> shared;
  private final Path folder;
  private final List<Part> parts = new ArrayList<>();
  private final Map<String, HostMemory> memories = new LinkedHashMap<>();
  private final Map<String, Path> disks = new LinkedHashMap<>();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment page = arena.allocate(Region.PAGE, Region.PAGE);

  /** Where the bytes of a region go. */
  private sealed interface Part {
    /** Of memory. */
    record Memory(MemorySegment bytes) implements Part {}

    /** Of a disk. */
    record Disk(long size, Path file, List<BlockBackend> opened) implements Part {
      /** It is opened when it is first written to. */
      BlockBackend backend() {
        if (opened.isEmpty()) {
          opened.add(
              ReportedDisk.open(
                  DiskLocation.of(file),
                  Optional.of(DiskFormat.RAW),
                  false,
                  DiskLimits.NONE,
                  text -> {}));
        }
        return opened.getFirst();
      }
    }
  }

  /**
   * Makes room.
   *
   * @param system what will come
   * @param shared disks that are here already
   * @param folder for disks
   * @throws RefusedException if there is none, or the regions are not those of the system
   */
  ArrivingParts(
      SavedSystem system, List<MovedSystem.Shared> shared, List<Region> regions, Path folder) {
    this.system = system;
    this.shared = shared.stream().map(MovedSystem.Shared::disk).collect(Collectors.toSet());
    this.folder = folder;
    boolean whole = false;
    try {
      regions.forEach(this::add);
      requireAll();
      whole = true;
    } finally {
      if (!whole) {
        discard();
      }
    }
  }

  private void add(Region region) {
    if (region.name().startsWith(MovedSystem.DISK)) {
      addDisk(region.name().substring(MovedSystem.DISK.length()), region.bytes());
      return;
    }
    SavedSystem.Region known =
        system.regions().stream()
            .filter(of -> of.name().equals(region.name()))
            .findFirst()
            .orElseThrow(() -> wrong("memory " + region.name()));
    if (known.bytes() != region.bytes() || memories.containsKey(region.name())) {
      throw wrong("the size of memory " + region.name());
    }
    HostMemory made = HostMemory.allocate(region.bytes());
    memories.put(region.name(), made);
    parts.add(new Part.Memory(made.segment()));
  }

  private static RefusedException wrong(String what) {
    return new RefusedException("the other host does not keep to the protocol: " + what);
  }

  private void addDisk(String bay, long bytes) {
    SavedSystem.Disk known =
        system.disks().stream()
            .filter(of -> of.name().equals(bay) && of.size() == bytes)
            .findFirst()
            .orElseThrow(() -> wrong("disk " + bay));
    // A name of the other host's must not lead out of the folder.
    Path file = folder.resolve(known.name().replaceAll("[^a-z0-9-]+", "-") + ".img");
    if (!Files.isDirectory(folder)) {
      throw new RefusedException(
          "there is no folder %s for its disks; make it, or give another with --disks"
              .formatted(folder));
    }
    if (Files.exists(file)) {
      throw new RefusedException(
          "%s is there already, where a disk would go; give another folder with --disks"
              .formatted(file));
    }
    long ignored =
        ImageTool.create(file, OptionalLong.of(bytes), ImageOptions.usual(DiskFormat.RAW));
    disks.put(bay, file);
    parts.add(new Part.Disk(bytes, file, new ArrayList<>()));
  }

  private void requireAll() {
    if (memories.size() != system.regions().size()) {
      throw wrong("memory is missing");
    }
    for (SavedSystem.Disk disk : system.disks()) {
      if (disk.image().file().isPresent()
          && disks.containsKey(disk.name()) == shared.contains(disk.name())) {
        throw wrong("disk %s is missing".formatted(disk.name()));
      }
    }
  }

  /** A page has these bytes now. */
  void page(int region, int number, ByteBuffer data) throws IOException {
    long at = (long) number * Region.PAGE;
    MemorySegment bytes = MemorySegment.ofBuffer(data);
    switch (parts.get(region)) {
      case Part.Memory(MemorySegment memory) ->
          MemorySegment.copy(bytes, 0, memory, at, bytes.byteSize());
      case Part.Disk disk -> {
        MemorySegment piece = page.asSlice(0, bytes.byteSize());
        piece.copyFrom(bytes);
        disk.backend().write(at, piece);
      }
    }
  }

  /** A page is zero now. */
  void zero(int region, int number) throws IOException {
    long at = (long) number * Region.PAGE;
    switch (parts.get(region)) {
      case Part.Memory(MemorySegment memory) -> memory.asSlice(at, Region.PAGE).fill((byte) 0);
      case Part.Disk disk ->
          disk.backend().writeZeroes(at, Math.min(Region.PAGE, disk.size() - at), true);
    }
  }

  /** All has come; the disks can be opened by others. */
  void finish() throws IOException {
    for (Part part : parts) {
      if (part instanceof Part.Disk disk && !disk.opened().isEmpty()) {
        disk.backend().flush();
        disk.backend().close();
      }
    }
  }

  // ------------------------------------------------------------ for the system that is made of it

  /** Memory as it has come; the caller's from now on. */
  HostMemory memory(SavedSystem.Region region) {
    return Optional.ofNullable(memories.remove(region.name()))
        .orElseThrow(() -> wrong("memory %s is missing".formatted(region.name())));
  }

  /** Memory without what will come, to try with; the caller's. */
  HostMemory blank(SavedSystem.Region region) {
    return HostMemory.allocate(region.bytes());
  }

  private SavedSystem.Disk known(String bay) {
    return system.disks().stream()
        .filter(disk -> disk.name().equals(bay))
        .findFirst()
        .orElseThrow(() -> wrong("disk %s is missing".formatted(bay)));
  }

  /** What a disk is opened from: what has come, its server, or its file that both hosts reach. */
  SystemRestore.Image disk(String bay) {
    SavedSystem.Disk disk = known(bay);
    Path file = disks.get(bay);
    return file == null
        ? new SystemRestore.Image(disk.image(), disk.format())
        : new SystemRestore.Image(DiskLocation.of(file), Optional.of(DiskFormat.RAW));
  }

  /** The same to try with: a disk that the other host still holds is an empty one of its size. */
  SystemRestore.Image rehearsed(String bay, Supplier<Path> runs) {
    if (!shared.contains(bay)) {
      return disk(bay);
    }
    Path file = runs.get().resolve(bay.replace('/', '.') + ".img");
    long ignored =
        ImageTool.create(
            file, OptionalLong.of(known(bay).size()), ImageOptions.usual(DiskFormat.RAW));
    return new SystemRestore.Image(DiskLocation.of(file), Optional.of(DiskFormat.RAW));
  }

  private void close() {
    memories.values().forEach(HostMemory::close);
    memories.clear();
  }

  /** Gives everything back. */
  void discard() {
    close();
    for (Part part : parts) {
      if (part instanceof Part.Disk disk) {
        disk.opened().forEach(ArrivingParts::close);
      }
    }
    for (Path file : disks.values()) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new HostException(
            "%s cannot be removed: %s".formatted(file, HostException.reason(e)), e);
      }
    }
  }

  private static void close(BlockBackend disk) {
    try {
      disk.close();
    } catch (IOException e) {
      // It is removed.
    }
  }
}
