package atoll.manager;

import atoll.disk.DiskLocation;
import atoll.disk.ReportedDisk;
import atoll.host.HostException;
import atoll.host.PlatformClock;
import atoll.host.Timers;
import atoll.image.RefusedException;
import atoll.kernel.BlockContents;
import atoll.migration.MigrationException;
import atoll.migration.MovingSystem;
import atoll.migration.Region;
import atoll.scenario.Scenario;
import atoll.vmm.ChannelPort;
import atoll.vmm.ChannelState;
import atoll.vmm.FollowedMemory;
import atoll.vmm.SystemState;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmException;
import atoll.vmm.VmState;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Machines of a running system that leave for another host: all of them, or some that share nothing
 * with those that stay. Their memory and their disks in files are copied; disks at servers are
 * opened by the other host as well. Used once, by one thread.
 */
final class DepartingSystem implements MovingSystem {
  private static final int PAGE = Region.PAGE;

  private final RunningSystem system;
  private final List<VmSupervisor> moving;
  private final Scenario scenario;
  private final Throttle throttle;
  private final List<Life> lives = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final List<ChannelPort> channels;
  private final List<DiskBay> bays;
  private final List<Path> folders;
  private final PlatformClock clock;
  private final Timers timers;

  /** None before it is followed. */
  private Optional<SharedDisks> shared = Optional.empty();

  /** A machine that has a life. */
  private record Life(VmSupervisor vm, VirtualMachine machine, FollowedMemory memory) {}

  /** What is behind a region. */
  private sealed interface Part {
    Region region();

    /** Pages that were written to since the last call. */
    BitSet written(boolean held);

    int data(int page) throws IOException;

    void read(int page, ByteBuffer into) throws IOException;
  }

  /**
   * @param scenario of the machines that move, as they were entered
   * @param moving which are all that it has
   * @param throttle of these machines
   * @param folders whose disks the other host has by the same paths
   * @param clock of the timers, which runs while the system stands still
   */
  DepartingSystem(
      RunningSystem system,
      Scenario scenario,
      List<VmSupervisor> moving,
      Throttle throttle,
      List<Path> folders,
      PlatformClock clock,
      Timers timers) {
    this.system = system;
    this.scenario = scenario;
    this.moving = moving;
    this.throttle = throttle;
    this.folders = folders;
    this.clock = clock;
    this.timers = timers;
    channels =
        system.channels().first().stream()
            .filter(
                port -> scenario.channels().stream().anyMatch(c -> c.name().equals(port.name())))
            .toList();
    bays =
        system.bays().stream()
            .filter(bay -> scenario.vm(bay.name().split("/", -1)[0]).isPresent())
            .toList();
  }

  @Override
  public String name() {
    return scenario.name();
  }

  @Override
  public void follow() throws MigrationException {
    try {
      for (VmSupervisor vm : moving) {
        Optional<VirtualMachine> machine = vm.hasLife() ? vm.machine() : Optional.empty();
        if (machine.isPresent()) {
          FollowedMemory memory = machine.get().follow();
          lives.add(new Life(vm, machine.get(), memory));
          parts.add(new Ram(SavedSystem.Region.ofVm(vm.description().name()), memory));
        }
      }
      channels.forEach(port -> parts.add(new Shared(port)));
      SharedDisks here = new SharedDisks(bays, folders);
      shared = Optional.of(here);
      here.begin();
      bays.stream()
          .filter(bay -> bay.image().file().isPresent() && !here.has(bay))
          .forEach(this::follow);
      throttle.of(lives.stream().map(Life::machine).toList());
    } catch (VmException | RefusedException | HostException e) {
      throw new MigrationException(e.getMessage(), e);
    }
  }

  private void follow(DiskBay bay) {
    if (!bay.beginChange()) {
      throw new VmException(
          "the image of %s is being changed; try again when that is over".formatted(bay.name()));
    }
    DiskWrites log = bay.follow(PAGE);
    parts.add(new Disk(bay, log));
    if (bay.size() > Region.MOST) {
      throw new VmException(
          "%s has more than 8 TiB, which cannot be copied; have both hosts reach it, and say so with --shared"
              .formatted(bay.name()));
    }
  }

  @Override
  public byte[] description() {
    return moved(saved(), new byte[0]);
  }

  private byte[] moved(SavedSystem saved, byte[] state) {
    return MovedSystem.FORMAT.encode(
        new MovedSystem(
            SystemState.FORMAT.version(),
            SavedSystem.FORMAT.encode(saved),
            state,
            shared.map(SharedDisks::told).orElse(List.of())));
  }

  private SavedSystem saved() {
    List<SavedSystem.Region> memory = new ArrayList<>();
    for (Part part : parts) {
      if (part instanceof Memory block) {
        BlockContents contents = block.contents();
        memory.add(
            new SavedSystem.Region(part.region().name(), contents.policy(), contents.places()));
      }
    }
    return new SavedSystem(
        scenario,
        moving.stream().map(VmSupervisor::saved).toList(),
        memory,
        bays.stream().map(DepartingSystem::describe).toList(),
        List.of());
  }

  private static SavedSystem.Disk describe(DiskBay bay) {
    return new SavedSystem.Disk(
        bay.name(),
        bay.image(),
        bay.medium().format(),
        bay.readOnly(),
        bay.size(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of());
  }

  @Override
  public List<Region> regions() {
    return parts.stream().map(Part::region).toList();
  }

  private boolean held;

  @Override
  public List<BitSet> written() {
    return parts.stream().map(part -> part.written(held)).toList();
  }

  @Override
  public int data(int region, int page) throws MigrationException {
    try {
      return parts.get(region).data(page);
    } catch (IOException e) {
      throw unreadable(region, e);
    }
  }

  @Override
  public void read(int region, int page, ByteBuffer into) throws MigrationException {
    try {
      parts.get(region).read(page, into);
    } catch (IOException e) {
      throw unreadable(region, e);
    } catch (IllegalStateException e) { // its memory is gone
      throw new MigrationException("a VM has ended meanwhile", e);
    }
  }

  private MigrationException unreadable(int region, IOException e) {
    return new MigrationException(
        "%s cannot be read: %s"
            .formatted(parts.get(region).region().name(), HostException.reason(e)),
        e);
  }

  @Override
  public void throttle(int percent) {
    throttle.set(percent);
  }

  @Override
  public void whileHeld(Supplier<Afterwards> work) throws MigrationException, InterruptedException {
    system.platform().clock().stop();
    try {
      Afterwards ignored = held(0, work);
    } catch (RefusedException | VmException e) {
      throw new MigrationException(e.getMessage(), e);
    } finally {
      system.platform().clock().start();
    }
  }

  /** One machine after the other stands still; once all do, the work is done. */
  private Afterwards held(int life, Supplier<Afterwards> work) throws InterruptedException {
    if (life == lives.size()) {
      requireAll();
      held = true;
      return work.get();
    }
    return lives.get(life).vm.whileHeld(lives.get(life).machine, () -> held(life + 1, work));
  }

  /** A machine that has begun its life since then would be missing. */
  private void requireAll() {
    if (moving.stream().filter(VmSupervisor::hasLife).count() != lives.size()) {
      throw new RefusedException("a VM was started or ended while the system was being moved");
    }
  }

  @Override
  public byte[] state() throws MigrationException {
    try {
      List<VmState> states = lives.stream().map(life -> life.machine.state()).toList();
      for (DiskBay bay : bays) {
        if (bay.image() instanceof DiskLocation.AtServer && !bay.readOnly()) {
          bay.flush(); // the other host reads it there
        }
      }
      SystemState.Time time =
          new SystemState.Time(
              system.platform().clock().nanos(), system.platform().clock().epochNanos());
      SystemState state =
          new SystemState(time, states, channels.stream().map(ChannelState::of).toList());
      return moved(saved(), SystemState.FORMAT.encode(state));
    } catch (IOException e) {
      throw new MigrationException("a disk cannot be flushed: " + HostException.reason(e), e);
    } catch (VmException e) {
      throw new MigrationException(e.getMessage(), e);
    }
  }

  @Override
  public void handOver() throws MigrationException {
    try {
      if (shared.isPresent()) {
        shared.get().handOver();
      }
    } catch (IOException e) {
      throw new MigrationException("a disk cannot be closed: " + HostException.reason(e), e);
    }
  }

  @Override
  public void takeBack() throws MigrationException, InterruptedException {
    try {
      if (shared.isPresent()) {
        shared.get().takeBack(clock, timers, system::tell);
      }
    } catch (HostException e) {
      throw new MigrationException(e.getMessage(), e);
    }
  }

  @Override
  public void release() {
    shared.ifPresent(SharedDisks::close);
    throttle.close();
    lives.forEach(life -> life.memory.close());
    for (Part part : parts) {
      if (part instanceof Disk(DiskBay bay, DiskWrites log)) {
        bay.endFollow();
        bay.endChange();
      }
    }
  }

  /** A block of memory. */
  private sealed interface Memory extends Part {
    BlockContents contents();

    @Override
    default void read(int page, ByteBuffer into) {
      contents().copy((long) page * PAGE, MemorySegment.ofBuffer(into));
    }
  }

  /** The RAM of a machine. */
  private static final class Ram implements Memory {
    private final Region region;
    private final FollowedMemory memory;
    private final BitSet used = new BitSet();

    Ram(String name, FollowedMemory memory) {
      this.memory = memory;
      region = new Region(name, memory.contents().size());
      memory.contents().used((offset, bytes) -> set(used, offset, bytes));
    }

    private static void set(BitSet pages, long offset, long bytes) {
      pages.set((int) (offset / PAGE), (int) ((offset + bytes) / PAGE));
    }

    @Override
    public Region region() {
      return region;
    }

    @Override
    public BlockContents contents() {
      return memory.contents();
    }

    @Override
    public BitSet written(boolean held) {
      BitSet pages = new BitSet();
      memory.written((offset, bytes) -> set(pages, offset, bytes));
      return pages;
    }

    @Override
    public int data(int page) {
      return used.nextSetBit(page);
    }
  }

  /** The memory of a channel, which is small: all of it is copied at the end. */
  private record Shared(ChannelPort port) implements Memory {
    @Override
    public Region region() {
      return new Region(SavedSystem.Region.ofChannel(port.name()), contents().size());
    }

    @Override
    public BlockContents contents() {
      return port.memory().contents();
    }

    @Override
    public BitSet written(boolean held) {
      BitSet pages = new BitSet();
      pages.set(0, held ? region().pages() : 0);
      return pages;
    }

    @Override
    public int data(int page) {
      return -1;
    }
  }

  /** A disk in a file. */
  private record Disk(DiskBay bay, DiskWrites log) implements Part {
    @Override
    public Region region() {
      return new Region(MovedSystem.DISK + bay.name(), bay.size());
    }

    @Override
    public BitSet written(boolean held) {
      BitSet pages = new BitSet();
      int all = region().pages();
      log.take()
          .forEach((from, end) -> pages.set((int) (from / PAGE), (int) Math.min(all, end / PAGE)));
      return pages;
    }

    @Override
    public int data(int page) throws IOException {
      long at = (long) page * PAGE;
      if (bay.medium().disk() instanceof ReportedDisk known) {
        at = known.data(at);
      }
      return at < bay.size() ? (int) (at / PAGE) : -1;
    }

    @Override
    public void read(int page, ByteBuffer into) throws IOException {
      long at = (long) page * PAGE;
      long length = Math.min(PAGE, bay.size() - at);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment piece = arena.allocate(PAGE, PAGE);
        bay.read(at, piece.asSlice(0, length));
        MemorySegment.ofBuffer(into).copyFrom(piece);
      }
    }
  }
}
