package atoll.vmm;

import atoll.device.MmioBus;
import atoll.engine.AddressTranslation;
import atoll.engine.TrapLoop;
import java.util.List;
import java.util.Optional;

/** One hart of a {@link MachineImage}. */
public final class HartImage {
  private final Machine machine;
  private final HartTable.Row row;

  HartImage(Machine machine, HartTable.Row row) {
    this.machine = machine;
    this.row = row;
  }

  /** Its number. */
  public int number() {
    return row.hart().id();
  }

  /** Whether it has been started: at power-on, or by another hart. */
  public boolean started() {
    return row.state().get() != HartTable.STOPPED;
  }

  /** U, S or M: see {@link atoll.engine.Privilege}. */
  public int privilege() {
    return row.hart().privilege();
  }

  /** Whether its mode is one of a guest of the machine's own hypervisor. */
  public boolean virtual() {
    return row.hart().virtual();
  }

  /**
   * A register by name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public long register(String name) {
    return row.hart().register(name);
  }

  /** The numbers of the CSRs that it has, in order. */
  public List<Integer> csrs() {
    return row.hart().csrs();
  }

  /** What it could not go on from. */
  public Optional<TrapLoop> unhandled() {
    return row.hart().unhandled();
  }

  /** Where a virtual address of one of its modes leads. */
  public AddressTranslation translate(long address, int privilege, boolean virtual) {
    return row.hart().translate(address, privilege, virtual);
  }

  /**
   * Bytes by a virtual address of one of its modes, as far as there is memory.
   *
   * @return at most {@code length}
   */
  public byte[] read(long address, int length, int privilege, boolean virtual) {
    return TranslatedMemory.read(
        machine.memory(), at -> translate(at, privilege, virtual).physical(), address, length);
  }

  /** The last exits that were served, the oldest first. */
  public List<ServedExit> exits() {
    List<MmioBus.Statistics> devices = machine.bus().statistics();
    return machine.exits(number()).stream().map(entry -> served(entry, devices)).toList();
  }

  private ServedExit served(ExitLog.Entry entry, List<MmioBus.Statistics> devices) {
    ServedExit.Kind kind =
        switch (entry.kind()) {
          case ExitLog.LOAD -> ServedExit.Kind.LOAD;
          case ExitLog.STORE -> ServedExit.Kind.STORE;
          default -> ServedExit.Kind.CALL;
        };
    String target =
        kind == ServedExit.Kind.CALL
            ? machine.sbi().name((int) entry.address())
            : device(entry.address(), devices);
    return new ServedExit(
        entry.nanos(),
        kind,
        entry.refused(),
        target,
        entry.address(),
        entry.detail(),
        entry.value());
  }

  private static String device(long address, List<MmioBus.Statistics> devices) {
    return devices.stream()
        .filter(device -> address >= device.base() && address - device.base() < device.size())
        .findFirst()
        .map(device -> "%s+0x%x".formatted(device.device(), address - device.base()))
        .orElse("nothing");
  }
}
