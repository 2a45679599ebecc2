package atoll.vmm;

import atoll.memory.GuestMemory;
import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * Registers and memory of one life of a virtual machine, to be looked at and changed. Thread-safe.
 */
public final class MachineValues {
  private final VirtualMachine vm;

  MachineValues(VirtualMachine vm) {
    this.vm = vm;
  }

  /** The registers of each hart; exact while the machine is paused. */
  public List<Outcome.HartReport> registers() {
    return vm.machine().registers();
  }

  /**
   * A register of a hart while the machine is paused.
   *
   * @param name as {@link atoll.cpu.Cpu#register(String)} has it
   * @throws VmException if it has ended, or has no such register
   */
  public long register(int hart, String name) {
    return onRegister(hart, machine -> machine.settled(hart).register(name));
  }

  /** Sets one, as far as it can be written. */
  public void register(int hart, String name, long value) {
    long ignored =
        onRegister(
            hart,
            machine -> {
              machine.settled(hart).register(name, value);
              return value;
            });
  }

  private long onRegister(int hart, ToLongFunction<Machine> use) {
    Objects.checkIndex(hart, vm.config().cpus());
    return vm.whilePaused(
        "runs, and its registers change all the time; pause it first",
        machine -> {
          try {
            return use.applyAsLong(machine);
          } catch (IllegalArgumentException e) {
            throw new VmException(e.getMessage());
          }
        });
  }

  /**
   * Bytes of its memory, RAM, ROM or a window; they may change meanwhile unless it is paused.
   *
   * @throws VmException if it has ended, or a part of the range is not memory
   */
  public byte[] read(long gpa, int length) {
    return vm.living(machine -> {
      try {
        return machine.memory().read(gpa, length);
      } catch (IndexOutOfBoundsException e) {
        throw noMemory(gpa, length);
      }
    });
  }

  /**
   * Changes bytes of its memory, as a device would; code that was there is executed no more.
   *
   * @throws VmException if it has ended, or a part of the range is not memory that can be written
   *     to
   */
  public void write(long gpa, byte[] bytes) {
    Void ignored =
        vm.living(machine -> {
          write(machine.memory(), gpa, bytes);
          return null;
        });
  }

  private void write(GuestMemory memory, long gpa, byte[] bytes) {
    try {
      if (memory.slice(gpa, bytes.length).isReadOnly() || !memory.writable(gpa, bytes.length)) {
        throw new VmException(
            "%d bytes at 0x%x of %s are protected and keep their values"
                .formatted(bytes.length, gpa, vm.config().name()));
      }
      memory.write(gpa, bytes);
    } catch (IndexOutOfBoundsException e) {
      throw noMemory(gpa, bytes.length);
    }
  }

  private VmException noMemory(long gpa, long length) {
    VmConfig config = vm.config();
    return new VmException(
        "%s has no memory of %d bytes at 0x%x; its RAM is at 0x%x to 0x%x"
            .formatted(
                config.name(),
                length,
                gpa,
                BoardPlan.RAM_BASE,
                BoardPlan.RAM_BASE + config.memory() - 1));
  }
}
