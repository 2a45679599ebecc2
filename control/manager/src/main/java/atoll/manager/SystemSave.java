package atoll.manager;

import atoll.host.Clock;
import atoll.image.Progress;
import atoll.image.RefusedException;
import atoll.kernel.BlockContents;
import atoll.kernel.Microkernel;
import atoll.kernel.SharedMemory;
import atoll.migration.MovingSystem.Afterwards;
import atoll.scenario.Secrecy;
import atoll.snapshot.MemoryWriter;
import atoll.snapshot.SavedMemory;
import atoll.snapshot.Snapshot;
import atoll.snapshot.SnapshotDraft;
import atoll.vmm.ChannelPort;
import atoll.vmm.ChannelState;
import atoll.vmm.FollowedMemory;
import atoll.vmm.SystemState;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Saves a system while it runs. What its memory has is copied first, with the machines running;
 * then they all stand still for a moment, in which the rest is copied and the state is taken; then
 * they go on, and the disks are copied, each write after what it overwrites. If there was a
 * snapshot shortly before, or a machine went on from one, only what was written to since then is
 * copied of its memory. Used once.
 */
final class SystemSave {
  /** Copying while machines run is worth while above so many bytes: a millisecond's. */
  private static final long LITTLE = 4 << 20;

  /** How often what was written meanwhile is copied, before the machines stand still. */
  private static final int ROUNDS = 4;

  private final RunningSystem system;
  private final Microkernel platform;
  private final SnapshotDraft draft;
  private final Predicate<Path> passing;
  private final Clock clock;
  private final Progress progress;
  private final List<Life> lives = new ArrayList<>();
  private final List<VmState> states = new ArrayList<>();
  private final List<ChannelState> channels = new ArrayList<>();
  private final List<SavedSystem.Region> regions = new ArrayList<>();
  private SystemState state;
  private SavedSystem saved;
  private BooleanSupplier unwanted = () -> false;
  private Optional<LastSave.Kept> before = Optional.empty();

  /** Whether memory lies over what a machine went on from. */
  private boolean overBeginning;

  private MemorySegment buffer;

  /** What each machine writes, which is followed. */
  private final Map<VirtualMachine, FollowedMemory> writes = new HashMap<>();

  /**
   * A machine that has a life, and the copy of its memory.
   *
   * @param before how its memory is copied before it is what was written meanwhile that is
   */
  private record Life(
      VmSupervisor vm,
      VirtualMachine machine,
      FollowedMemory memory,
      MemoryCopy copy,
      Runnable before) {}

  /**
   * @param passing which files may be gone when the snapshot is used
   * @param clock the host's
   */
  SystemSave(
      RunningSystem system,
      SnapshotDraft draft,
      Predicate<Path> passing,
      Clock clock,
      Progress progress) {
    this.system = system;
    platform = system.platform();
    this.draft = draft;
    this.passing = passing;
    this.clock = clock;
    this.progress = progress;
  }

  /** Has it given up if that is so once everything stands still. */
  SystemSave unless(BooleanSupplier reason) {
    unwanted = reason;
    return this;
  }

  /**
   * Has it copy only what was written since the last one, and be the last one itself from then on.
   *
   * @param last what the draft has as its parent, if anything; the caller closes it
   */
  SystemSave after(LastSave.Kept last) {
    before = Optional.of(last);
    overBeginning = true;
    return this;
  }

  /**
   * Does it.
   *
   * @return what has been saved
   * @throws RefusedException if it cannot be done now; the system goes on all the same
   */
  SnapshotReport perform() throws InterruptedException {
    Secrets.require(system.scenario().vms(), Secrecy.Leave.SNAPSHOT);
    try (Arena arena = Arena.ofConfined();
        DiskCopies disks = new DiskCopies(system.bays(), draft, passing, system.point())) {
      begin(arena);
      copyAhead();
      Duration pause =
          copyStanding(() -> {
            take(disks::begun);
            return Afterwards.GOES_ON;
          });
      if (before.isEmpty()) {
        stopFollowing();
      }
      draft.state(SystemState.FORMAT.encode(state));
      draft.text(SavedSystem.KEY, SavedSystem.FORMAT.encode(saved));
      saved.disks().forEach(this::tellOf);
      copy(disks);
      return saved(draft.commit(), pause);
    } finally {
      stopFollowing();
    }
  }

  /**
   * Saves memory and state, and has the machines end as they stand still. Of memory that went on
   * from a snapshot only what has changed is copied. All that can fail of that has been done by
   * then; before, they go on if something does. The disks are the caller's affair, and so is the
   * commit.
   *
   * @param disks that are to be known of
   * @return what is to be kept
   * @throws RefusedException if it cannot be done now
   */
  SavedSystem saveForGood(List<SavedSystem.Disk> disks) throws InterruptedException {
    overBeginning = true;
    try (Arena arena = Arena.ofConfined()) {
      begin(arena);
      if (lives.isEmpty()) {
        throw new RefusedException("no VM runs");
      }
      copyAhead();
      Duration ignored =
          copyStanding(() -> {
            take(() -> disks);
            draft.state(SystemState.FORMAT.encode(state));
            draft.settle();
            return Afterwards.ENDS;
          });
    } finally {
      stopFollowing();
    }
    return saved;
  }

  private void stopFollowing() {
    writes.values().forEach(FollowedMemory::close);
    writes.clear();
  }

  private SnapshotReport saved(Snapshot snapshot, Duration pause) {
    SnapshotReport report =
        new SnapshotReport(snapshot.name(), snapshot.saved(), snapshot.stored(), pause);
    if (before.isPresent()) {
      system.goBackTo(new SystemRestore(snapshot.shared(), saved, state));
      system.lastSave().keep(snapshot, writes);
      writes.clear();
    } else {
      snapshot.close();
    }
    return report;
  }

  private void begin(Arena arena) {
    buffer = arena.allocate(MemoryCopy.PIECE, 4096);
    for (VmSupervisor vm : system.supervisors()) {
      Optional<VirtualMachine> machine = vm.hasLife() ? vm.machine() : Optional.empty();
      machine.ifPresent(life -> follow(vm, life));
    }
  }

  private void follow(VmSupervisor vm, VirtualMachine machine) {
    String region = SavedSystem.Region.ofVm(vm.description().name());
    Optional<FollowedMemory> followed = before.flatMap(last -> last.takeWrites(machine));
    FollowedMemory memory = followed.orElseGet(machine::follow);
    writes.put(machine, memory);
    lives.add(life(vm, machine, memory, region, followed.isPresent()));
  }

  /**
   * What a machine's copy begins with: the last snapshot, the one that the machine went on from, or
   * nothing.
   *
   * @param known whether the last snapshot has all but what was written since
   */
  private Life life(
      VmSupervisor vm,
      VirtualMachine machine,
      FollowedMemory memory,
      String region,
      boolean known) {
    BlockContents block = memory.contents();
    if (known) {
      MemoryCopy copy = copyOf(region, block, draft.memory(region, block.size()));
      return new Life(vm, machine, memory, copy, () -> memory.written(copy::range));
    }
    Optional<SavedMemory> began =
        overBeginning
            ? system
                .began(vm.description().name(), machine)
                .filter(then -> then.size() == block.size())
            : Optional.empty();
    if (began.isPresent()) {
      MemoryCopy copy = copyOf(region, block, draft.memory(region, began.get()));
      return new Life(vm, machine, memory, copy, copy::changed);
    }
    MemoryCopy copy = copyOf(region, block, draft.newMemory(region, block.size()));
    return new Life(vm, machine, memory, copy, copy::all);
  }

  private void copyAhead() {
    progress.begin("copying the memory", 0);
    try {
      lives.forEach(SystemSave::copyAhead);
    } finally {
      progress.end();
    }
  }

  /** What there was before; and then what is written meanwhile. */
  private static void copyAhead(Life life) {
    life.before.run();
    for (int round = 0; round < ROUNDS && life.copy.copied() > LITTLE; round++) {
      life.memory.written(life.copy::range);
    }
  }

  private MemoryCopy copyOf(String region, BlockContents block, MemoryWriter writer) {
    regions.add(new SavedSystem.Region(region, block.policy(), block.places()));
    return new MemoryCopy(block, writer, buffer);
  }

  private Duration copyStanding(VmSupervisor.HeldWork work) throws InterruptedException {
    long begun = clock.nanos();
    platform.clock().stop();
    try {
      Afterwards ignored = standing(0, work);
    } finally {
      platform.clock().start();
    }
    return Duration.ofNanos(clock.nanos() - begun);
  }

  /** One machine after the other stands still; once all do, the work is done. */
  private Afterwards standing(int life, VmSupervisor.HeldWork work) throws InterruptedException {
    return life == lives.size()
        ? work.run()
        : lives.get(life).vm.whileHeld(lives.get(life).machine, () -> standing(life + 1, work));
  }

  private void take(Supplier<List<SavedSystem.Disk>> disks) {
    requireAll();
    if (unwanted.getAsBoolean()) {
      throw new RefusedException("the system has gone on meanwhile");
    }
    lives.forEach(life -> states.add(life.machine.state()));
    lives.forEach(life -> life.memory.written(life.copy::range));
    for (ChannelPort first : system.channels().first()) {
      SharedMemory memory = first.memory();
      BlockContents block = memory.contents();
      String region = SavedSystem.Region.ofChannel(first.name());
      copyOf(region, block, draft.newMemory(region, block.size())).all();
      channels.add(ChannelState.of(first));
    }
    describe(disks.get());
  }

  /** A machine that has begun its life since then would be missing. */
  private void requireAll() {
    long living = system.supervisors().stream().filter(VmSupervisor::hasLife).count();
    if (living != lives.size()) {
      throw new RefusedException(
          "a VM was started or ended while the system was being saved; try again");
    }
  }

  private void describe(List<SavedSystem.Disk> disks) {
    SystemState.Time time =
        new SystemState.Time(platform.clock().nanos(), platform.clock().epochNanos());
    state = new SystemState(time, states, channels);
    saved =
        new SavedSystem(
            system.entered(),
            system.supervisors().stream().map(VmSupervisor::saved).toList(),
            regions,
            disks,
            system.sources());
  }

  /** For who lists snapshots. */
  private void tellOf(SavedSystem.Disk disk) {
    draft.disk(disk.name(), disk.image().toString().getBytes(StandardCharsets.UTF_8));
  }

  private void copy(DiskCopies disks) {
    progress.begin("copying the disks", 0);
    try {
      disks.finish((done, all) -> {});
    } finally {
      progress.end();
    }
  }
}
