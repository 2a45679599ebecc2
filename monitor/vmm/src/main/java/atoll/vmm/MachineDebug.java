package atoll.vmm;

import atoll.engine.AddressTranslation;
import atoll.engine.Advance;
import atoll.engine.Hart;
import atoll.engine.MappedRange;
import atoll.engine.StopCause;
import atoll.engine.StopPoints;
import atoll.kernel.VcpuState;
import atoll.memory.GuestMemory;
import atoll.state.Unsaved;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One life of a virtual machine under a debugger: stopped as a whole, looked at and changed while
 * it stands still, and let go on, or some of its harts. What a debugger holds, an operator's resume
 * does not let go, and the other way round.
 *
 * <p>While it stands still its time does, as in a pause ({@link atoll.kernel.PlatformTime}).
 * Thread-safe. All that looks at harts or memory throws {@link VmException} unless it is halted.
 */
@Unsaved("of whoever debugs it")
public final class MachineDebug {
  private final VirtualMachine vm;
  private volatile Runnable listener = () -> {};
  private volatile boolean attended;

  /**
   * That a hart has stopped by itself.
   *
   * @param hart its number
   */
  public record Stop(int hart, StopCause cause) {
    public Stop {
      Objects.requireNonNull(cause, "cause");
    }
  }

  /** Whose addresses are meant. */
  public enum AddressKind {
    /** Guest-virtual ones, as the hart's mode now translates them for fetches. */
    VIRTUAL,
    /** Guest-physical ones. */
    PHYSICAL
  }

  MachineDebug(VirtualMachine vm) {
    this.vm = vm;
  }

  /** Tells {@code told} when a hart has stopped; on the hart's thread, so it returns at once. */
  public void onStop(Runnable told) {
    listener = Objects.requireNonNull(told, "told");
  }

  /** Says whether a debugger has it, which is told of a hart that cannot go on before it ends. */
  public void attended(boolean now) {
    attended = now;
  }

  boolean attended() {
    return attended;
  }

  void stopped() {
    listener.run();
  }

  /**
   * Has it stand still; returns once it does. Before it is started, it will stand before its first
   * instruction.
   *
   * @throws VmException if it has ended
   */
  public void halt() throws InterruptedException {
    vm.halt();
  }

  /** The hart that has stopped first since any was let go on, and why. */
  public Optional<Stop> stop() {
    return vm.whileHalted(machine -> {
      int hart = machine.stoppedHart();
      return hart < 0
          ? Optional.empty()
          : Optional.of(new Stop(hart, hart(machine, hart).stopCause()));
    });
  }

  /**
   * Lets harts go on. If none is named, none does, but its time and its devices.
   *
   * @param harts by number, how each goes on; the others stay where they are
   * @param past the hart that gets past what it has stopped at, if one does
   */
  public void proceed(Map<Integer, Advance> harts, Optional<Integer> past) {
    BitSet going = new BitSet();
    harts.keySet().forEach(going::set);
    vm.proceed(
        going,
        () ->
            harts.forEach((number, how) ->
                hart(vm.machine(), number).advance(how, past.equals(Optional.of(number)))));
  }

  /**
   * Has a hart make a single step at once, while all else stands still and time does; {@link #stop}
   * tells what came of it.
   *
   * @param past whether it gets past what it has stopped at
   * @return false if nothing has happened, since the instruction needs a device, calls, waits, or
   *     looks at what changes with time: {@link #proceed} then
   */
  public boolean step(int hart, boolean past) {
    return vm.whileHalted(machine -> machine.stepAlone(hart, past));
  }

  /** Has harts stop there from now on, and nowhere else. */
  public void stopPoints(StopPoints points) {
    vm.whileHalted(machine -> {
      machine.stopPoints(points);
      return points;
    });
  }

  // ------------------------------------------------------------ harts

  /** How many harts it has. */
  public int harts() {
    return vm.vcpus().size();
  }

  private static Hart hart(Machine machine, int number) {
    List<HartTable.Row> rows = machine.harts().rows();
    return rows.get(Objects.checkIndex(number, rows.size())).hart();
  }

  /** What the kernel knows of a hart: whether it has been started, and waits. */
  public VcpuState state(int hart) {
    return vm.whileHalted(machine -> {
      HartTable.Row row = machine.harts().get(hart);
      return row.vcpu().condition();
    });
  }

  /**
   * A register by name: see {@link Hart#register(String)}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public long register(int hart, String name) {
    return vm.whileHalted(machine -> hart(machine, hart).register(name));
  }

  /**
   * Sets a register, as far as it can be written.
   *
   * @throws IllegalArgumentException if there is none, or it cannot have the value
   */
  public void register(int hart, String name, long value) {
    vm.whileHalted(machine -> {
      hart(machine, hart).register(name, value);
      return value;
    });
  }

  /** The numbers of the CSRs that a hart has. */
  public List<Integer> csrs(int hart) {
    return vm.whileHalted(machine -> hart(machine, hart).csrs());
  }

  // ------------------------------------------------------------ memory

  /** Where a virtual address leads, and by which entries of tables. */
  public AddressTranslation translate(int hart, long address) {
    return vm.whileHalted(machine -> hart(machine, hart).translate(address));
  }

  /** What a hart's tables map, at most {@code most} ranges. */
  public List<MappedRange> mappings(int hart, int most) {
    return vm.whileHalted(machine -> hart(machine, hart).mappings(most));
  }

  /**
   * Reads RAM, ROM and windows; devices are not asked, since a look could change them.
   *
   * @return the bytes from {@code address} on as far as there is memory, at most {@code length}
   */
  public byte[] read(int hart, AddressKind kind, long address, int length) {
    return vm.whileHalted(machine ->
        TranslatedMemory.read(
            machine.memory(), at -> physical(machine, hart, kind, at), address, length));
  }

  /**
   * Writes RAM and writable windows; all of it or nothing. Code that is changed is executed as it
   * is then.
   *
   * @return whether there is such memory
   */
  public boolean write(int hart, AddressKind kind, long address, byte[] bytes) {
    return vm.whileHalted(machine -> {
      GuestMemory memory = machine.memory();
      for (int done = 0; done < bytes.length; ) {
        int part = TranslatedMemory.inPage(address + done, bytes.length - done);
        OptionalLong gpa = physical(machine, hart, kind, address + done);
        if (gpa.isEmpty()
            || memory.storeHva(gpa.getAsLong()) == 0
            || !memory.writable(gpa.getAsLong(), part)) {
          return false;
        }
        done += part;
      }
      for (int done = 0; done < bytes.length; ) {
        int part = TranslatedMemory.inPage(address + done, bytes.length - done);
        long gpa = physical(machine, hart, kind, address + done).orElseThrow();
        memory.write(gpa, Arrays.copyOfRange(bytes, done, done + part));
        done += part;
      }
      return true;
    });
  }

  private static OptionalLong physical(Machine machine, int hart, AddressKind kind, long address) {
    return kind == AddressKind.PHYSICAL
        ? OptionalLong.of(address)
        : hart(machine, hart).translate(address).physical();
  }
}
