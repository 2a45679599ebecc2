package atoll.vmm;

import atoll.device.Aplic;
import atoll.device.AplicMessages;
import atoll.device.AplicTarget;
import atoll.device.InterruptLine;
import atoll.device.Message;
import atoll.engine.Interrupts;
import atoll.vmm.BoardPlan.Region;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToLongFunction;

/**
 * The advanced PLIC that all devices are wired to: a domain for supervisor mode, and on boards that
 * are entered in machine mode the root domain of that, which gives it its sources.
 *
 * @param place the domain of supervisor mode
 * @param machine that of machine mode
 * @param files the interrupt files of supervisor mode, if it sends messages
 */
record AplicFitting(Region place, Optional<Region> machine, Optional<Region> files)
    implements Fitting {
  private static final int MACHINE_PHANDLE = 6;

  /** What a target register has beside the hart: priority, or an identity. */
  private static final int PRIORITY = 0xff;

  private static final int IDENTITY = 0x7ff;
  private static final int HART_SHIFT = 18;

  @Override
  public List<Region> regions() {
    return machine.map(root -> List.of(place, root)).orElse(List.of(place));
  }

  @Override
  public Stage stage() {
    return Stage.CONTROLLER;
  }

  /** {@code delegate} is what it was called before the binding was accepted by Linux. */
  @Override
  public void describe(BoardTree tree) {
    machine.ifPresent(root ->
        describe(tree, root, Interrupts.MEI, ImsicFitting.MACHINE_PHANDLE, MACHINE_PHANDLE)
            .cells("riscv,children", PlicFitting.PHANDLE)
            .cells("riscv,delegation", PlicFitting.PHANDLE, 1, PlicFitting.SOURCES)
            .cells("riscv,delegate", PlicFitting.PHANDLE, 1, PlicFitting.SOURCES));
    describe(tree, place, Interrupts.SEI, ImsicFitting.PHANDLE, PlicFitting.PHANDLE);
  }

  private FdtNode describe(BoardTree tree, Region at, int input, int parent, int phandle) {
    FdtNode node =
        tree.registers("interrupt-controller", at)
            .strings("compatible", "qemu,aplic", "riscv,aplic")
            .cells("#address-cells", 0)
            .cells("#interrupt-cells", 2)
            .flag("interrupt-controller")
            .cells("riscv,num-sources", PlicFitting.SOURCES)
            .cells("phandle", phandle);
    return files.isPresent()
        ? node.cells("msi-parent", parent)
        : node.cells("interrupts-extended", tree.perHart(input));
  }

  @Override
  public void make(Board board) {
    AplicMessages addresses = addresses(board.harts().rows().size());
    AplicTarget target = target(board, Interrupts.SEI, addresses::supervisor);
    Optional<AplicMessages> none = Optional.empty();
    Aplic domain =
        new Aplic(
            "aplic-s", machine.isEmpty(), PlicFitting.SOURCES, target, none, Optional.empty());
    board.attach(place, domain);
    board.controller(domain::source);
    machine.ifPresent(at -> makeRoot(board, at, addresses, domain));
  }

  private void makeRoot(Board board, Region at, AplicMessages addresses, Aplic child) {
    AplicTarget target = target(board, Interrupts.MEI, addresses::machine);
    Optional<AplicMessages> registers = files.map(region -> addresses);
    Aplic root =
        new Aplic("aplic-m", true, PlicFitting.SOURCES, target, registers, Optional.of(child));
    board.attach(at, root);
    board.controller(root::source);
  }

  /** Firmware sets them; where there is none, they are set. */
  private AplicMessages addresses(int harts) {
    return files
        .filter(region -> machine.isEmpty())
        .map(region -> AplicMessages.fixed(region.gpa(), harts))
        .orElseGet(AplicMessages::new);
  }

  private AplicTarget target(Board board, int input, IntToLongFunction address) {
    List<InterruptLine> lines = board.lines(input);
    return files.isPresent()
        ? new ByMessage(lines.size(), board.messages().orElseThrow(), address)
        : new Direct(lines);
  }

  /** By messages to interrupt files. */
  private record ByMessage(int harts, Message messages, IntToLongFunction address)
      implements AplicTarget {
    @Override
    public boolean byMessage() {
      return true;
    }

    @Override
    public int writable() {
      return IDENTITY;
    }

    @Override
    public void send(int target) {
      messages.send(address.applyAsLong(target >>> HART_SHIFT), target & IDENTITY);
    }
  }

  /** By the harts' own inputs. */
  private record Direct(List<InterruptLine> lines) implements AplicTarget {
    @Override
    public boolean byMessage() {
      return false;
    }

    @Override
    public int writable() {
      return PRIORITY;
    }

    @Override
    public void drive(int hart, boolean high) {
      lines.get(hart).set(high);
    }

    @Override
    public int harts() {
      return lines.size();
    }
  }
}
