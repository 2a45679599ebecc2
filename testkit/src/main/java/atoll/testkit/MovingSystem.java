package atoll.testkit;

import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.kernel.DetachedMemory;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingPolicy;
import atoll.kernel.SharedMemory;
import atoll.vmm.ChannelPort;
import atoll.vmm.ChannelState;
import atoll.vmm.Outcome;
import atoll.vmm.SystemState;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import atoll.vmm.VmException;
import atoll.vmm.VmState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A system of machines that goes on in a new one, as often as it is asked to: everything is paused,
 * the state is taken and written, all objects are given up; the state is read, and a kernel, its
 * domains, harts and devices are made as at power-on and filled with it, over the same memory.
 */
public final class MovingSystem implements AutoCloseable {
  private static final Duration NOW = Duration.ZERO;

  /** From the moment in which a machine can no longer be paused to its end. */
  private static final Duration ENDING = Duration.ofSeconds(10);

  private final MachineMemory memory = new MachineMemory(Long.MAX_VALUE);
  private final int pcpus;
  private final Supplier<SchedulingPolicy> policy;
  private final List<Engine> engines;
  private final Map<String, Member> members = new LinkedHashMap<>();
  private final Map<String, ScriptedConsole> consoles = new LinkedHashMap<>();
  private final List<Link> links = new ArrayList<>();
  private final Effects effects = Effects.host(new SeededEntropy(42));

  private Microkernel board;
  private List<VirtualMachine> vms = List.of();
  private List<ChannelPort> firstEnds = List.of();
  private int handovers;

  /** Makes the configuration of a machine but for its name, console, entropy and channels. */
  @FunctionalInterface
  public interface Member {
    /** The configuration for an engine; the same machine each time. */
    VmConfig.Builder config(Engine engine);
  }

  /** A channel, its ends in the machines of these names. */
  public record Link(
      String name, long bytes, String first, String second, boolean secondMayWrite) {}

  /**
   * A system without machines.
   *
   * @param pcpus how many physical CPUs
   * @param engines take turns, from one handover to the next
   */
  public MovingSystem(int pcpus, Supplier<SchedulingPolicy> policy, List<Engine> engines) {
    this.pcpus = pcpus;
    this.policy = policy;
    this.engines = List.copyOf(engines);
  }

  /** Adds a machine before the start. */
  public MovingSystem with(String name, Member member) {
    members.put(name, member);
    consoles.put(name, new ScriptedConsole());
    return this;
  }

  /** Adds a channel before the start. */
  public MovingSystem linked(Link link) {
    links.add(link);
    return this;
  }

  /** Starts it. */
  public MovingSystem start() {
    board = makeBoard();
    Map<String, List<ChannelPort>> ports = new LinkedHashMap<>();
    for (Link link : links) {
      connect(
          ports, link, ChannelPort.pair(board, link.name, link.bytes, true, link.secondMayWrite));
    }
    List<VirtualMachine> made = new ArrayList<>();
    members.forEach(
        (name, member) -> made.add(VirtualMachine.create(config(name, member, ports), board)));
    run(made, ports);
    return this;
  }

  private Microkernel makeBoard() {
    return new Microkernel(Clock.host(), pcpus, policy, memory);
  }

  private static void connect(
      Map<String, List<ChannelPort>> ports, Link link, List<ChannelPort> ends) {
    ports.computeIfAbsent(link.first, name -> new ArrayList<>()).add(ends.getFirst());
    ports.computeIfAbsent(link.second, name -> new ArrayList<>()).add(ends.getLast());
  }

  private VmConfig config(String name, Member member, Map<String, List<ChannelPort>> ports) {
    return member
        .config(engines.get(handovers % engines.size()))
        .name(name)
        .console(consoles.get(name))
        .channels(ports.getOrDefault(name, List.of()))
        .effects(effects)
        .build();
  }

  private void run(List<VirtualMachine> made, Map<String, List<ChannelPort>> ports) {
    vms = made;
    firstEnds =
        links.stream()
            .map(link ->
                ports.get(link.first).stream()
                    .filter(port -> port.name().equals(link.name))
                    .findFirst()
                    .orElseThrow())
            .toList();
    vms.forEach(VirtualMachine::start);
  }

  /**
   * Goes on in a new system.
   *
   * @return false, with nothing done, if a machine has ended
   */
  public boolean handOver() throws InterruptedException {
    for (VirtualMachine vm : vms) {
      vm.pause();
    }
    Optional<SystemState> taken = state();
    if (taken.isEmpty()) {
      vms.forEach(VirtualMachine::resume);
      return false;
    }
    byte[] written = SystemState.FORMAT.encode(taken.get());
    List<DetachedMemory> rams = vms.stream().map(VirtualMachine::detach).toList();
    List<SharedMemory> windows = firstEnds.stream().map(ChannelPort::memory).toList();
    giveUp(windows);
    goOn(SystemState.FORMAT.decode(written), rams, windows);
    handovers++;
    return true;
  }

  /** Empty if a machine has ended, so that there is no state. */
  private Optional<SystemState> state() throws InterruptedException {
    try {
      return Optional.of(
          new SystemState(
              new SystemState.Time(board.clock().nanos(), board.clock().epochNanos()),
              vms.stream().map(VirtualMachine::state).toList(),
              firstEnds.stream().map(ChannelState::of).toList()));
    } catch (VmException e) {
      if (ended(ENDING)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private void giveUp(List<SharedMemory> windows) {
    windows.forEach(board::release);
    vms.forEach(VirtualMachine::close);
    board.close();
  }

  private void goOn(SystemState state, List<DetachedMemory> rams, List<SharedMemory> windows) {
    board = makeBoard();
    board.clock().stop();
    board.clock().set(state.time().nanos(), state.time().epochNanos());
    Map<String, List<ChannelPort>> ports = new LinkedHashMap<>();
    for (int i = 0; i < links.size(); i++) {
      Link link = links.get(i);
      board.adopt(windows.get(i));
      connect(
          ports,
          link,
          ChannelPort.goOn(
              board,
              state.channels().get(i),
              windows.get(i),
              List.of(
                  ChannelPort.End.endpoint(true), ChannelPort.End.endpoint(link.secondMayWrite))));
    }
    List<VirtualMachine> made = new ArrayList<>();
    members.forEach((name, member) -> {
      int i = made.size();
      made.add(
          VirtualMachine.restore(
              config(name, member, ports), board, named(name, state), rams.get(i)));
    });
    board.clock().start();
    run(made, ports);
  }

  private static VmState named(String name, SystemState state) {
    return state.vms().stream().filter(vm -> vm.name().equals(name)).findFirst().orElseThrow();
  }

  /** How often it has gone on in a new system. */
  public int handovers() {
    return handovers;
  }

  /** What a machine prints and is typed. */
  public ScriptedConsole console(String vm) {
    return consoles.get(vm);
  }

  /** A machine as it is at the moment. */
  public VirtualMachine vm(String name) {
    return vms.get(List.copyOf(members.keySet()).indexOf(name));
  }

  /** Whether a machine has ended. */
  public boolean ended() throws InterruptedException {
    return ended(NOW);
  }

  private boolean ended(Duration limit) throws InterruptedException {
    for (VirtualMachine vm : vms) {
      if (vm.awaitEnd(limit).isPresent()) {
        return true;
      }
    }
    return false;
  }

  /** How a machine ended; empty if it still runs. */
  public Optional<Outcome> outcome(String name) throws InterruptedException {
    return vm(name).awaitEnd(ended() ? ENDING : NOW);
  }

  @Override
  public void close() {
    vms.forEach(VirtualMachine::close);
    board.close();
  }
}
