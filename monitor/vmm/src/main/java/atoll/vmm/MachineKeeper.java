package atoll.vmm;

import atoll.cpu.Exit;
import atoll.engine.HartGroup;
import atoll.kernel.SystemCalls;
import atoll.kernel.Vcpu;
import atoll.memory.MappedExtent;
import atoll.state.RecordCodec;
import atoll.state.StateShape;
import java.util.List;
import java.util.Optional;

/** Takes the state of a machine that is paused, and fills one that is as at power-on with it. */
final class MachineKeeper {
  private final VmConfig config;
  private final SystemCalls kernel;
  private final HartGroup group;
  private final HartTable harts;
  private final PendingWork work;
  private final DeviceStates devices;
  private final SbiPmu pmu;
  private final MovingWindows windows;

  /** What was mapped when the machine was made, as it is when one is made again. */
  private final List<MappedExtent> map;

  MachineKeeper(
      VmConfig config,
      SystemCalls kernel,
      HartGroup group,
      HartTable harts,
      PendingWork work,
      DeviceStates devices,
      SbiPmu pmu,
      MovingWindows windows) {
    this.config = config;
    this.kernel = kernel;
    this.group = group;
    this.harts = harts;
    this.work = work;
    this.devices = devices;
    this.pmu = pmu;
    this.windows = windows;
    map = extents();
  }

  /** Windows that the guest moves are where their devices' states say. */
  private List<MappedExtent> extents() {
    return kernel.memory().orElseThrow().map().extents().stream()
        .filter(extent -> !windows.has(extent.gpa()))
        .toList();
  }

  /** Has the first {@link #state} take no longer than the next. */
  void prepare() {
    RecordCodec.prepare(VmState.class);
    devices.prepare();
  }

  /**
   * Finishes what waits, and takes the state.
   *
   * @param held numbers of the harts that are held singly
   * @throws VmException if a hart cannot go on, or memory has been mapped or unmapped since the
   *     machine was made: a state has no map
   */
  VmState state(List<Integer> held) {
    if (!map.equals(extents())) {
      throw new VmException(
          "%s has other memory mapped than it was made with, and its state cannot be taken"
              .formatted(config.name()));
    }
    settle();
    List<Vcpu.State> vcpus = harts.rows().stream().map(this::vcpu).toList();
    return new VmState(
        config.name(),
        config.memory(),
        group.state(),
        vcpus,
        harts.rows().stream().map(row -> sbi(row, vcpus.get(row.hart().id()))).toList(),
        held,
        devices.state());
  }

  private void settle() {
    work.settle();
    harts.rows().forEach(this::settle);
  }

  /** Ends a hart's instruction whose access has been served. */
  void settle(HartTable.Row row) {
    if (row.hart().settle() == Exit.FAULT) {
      throw new VmException(
          "%s cannot go on: %s".formatted(row.vcpu().name(), row.hart().exit().detail));
    }
  }

  private Vcpu.State vcpu(HartTable.Row row) {
    return kernel
        .state(row.slot())
        .orElseThrow(() -> new IllegalStateException(row.vcpu().name() + " executes"));
  }

  /** An entry that the kernel does not know of any more is of a start that was undone. */
  private SbiState sbi(HartTable.Row row, Vcpu.State vcpu) {
    return new SbiState(
        row.state().get(),
        vcpu.entry() ? Optional.of(row.entry().get()) : Optional.empty(),
        row.events().state(),
        pmu.state(row.hart().id()));
  }

  /**
   * Becomes what {@code from} says; the vCPUs are held.
   *
   * @throws VmException if the machine cannot be in that state
   */
  void restore(VmState from) {
    try {
      StateShape.requireCount("vCPUs", from.vcpus().size(), harts.rows().size());
      StateShape.requireCount("harts of the SBI", from.sbi().size(), harts.rows().size());
      group.restore(from.harts());
      harts.rows().forEach(row -> restore(row, from));
      devices.restore(from.devices());
    } catch (IllegalArgumentException e) {
      throw new VmException(
          "%s cannot go on from the saved state: %s".formatted(config.name(), e.getMessage()));
    }
  }

  private void restore(HartTable.Row row, VmState from) {
    int id = row.hart().id();
    SbiState sbi = from.sbi().get(id);
    row.state().set(sbi.hart());
    row.entry().set(sbi.entry().orElse(null));
    row.events().restore(sbi.events());
    pmu.restore(id, sbi.counters());
    if (from.vcpus().get(id).entry() != sbi.entry().isPresent()) {
      throw new IllegalArgumentException(
          "the kernel's and the SBI's state of hart %d do not agree on an entry".formatted(id));
    }
    KernelSlots.require(
        kernel.restore(row.slot(), from.vcpus().get(id), row::enter), "restore a vCPU");
  }
}
