package atoll.vmm;

import atoll.device.Imsic;
import atoll.device.ImsicFile;
import atoll.device.InterruptLine;
import atoll.device.Message;
import atoll.engine.InterruptFile;
import atoll.engine.Interrupts;
import atoll.vmm.BoardPlan.Region;
import java.util.List;
import java.util.Optional;

/**
 * What receives messages: for each hart an interrupt file for machine mode and one for supervisor
 * mode, a page each.
 *
 * @param place those of supervisor mode
 * @param machine those of machine mode, on boards that are entered in it; on others they receive
 *     nothing
 */
record ImsicFitting(Region place, Optional<Region> machine) implements Fitting {
  /** Of the files of supervisor mode. */
  static final int PHANDLE = 4;

  /** Of the files of machine mode. */
  static final int MACHINE_PHANDLE = 5;

  @Override
  public List<Region> regions() {
    return machine.map(root -> List.of(place, root)).orElse(List.of(place));
  }

  @Override
  public Stage stage() {
    return Stage.CONTROLLER;
  }

  @Override
  public void describe(BoardTree tree) {
    machine.ifPresent(root -> describe(tree, root, Interrupts.MEI, MACHINE_PHANDLE));
    describe(tree, place, Interrupts.SEI, PHANDLE);
  }

  private static void describe(BoardTree tree, Region at, int input, int phandle) {
    tree.registers("interrupt-controller", at)
        .strings("compatible", "qemu,imsics", "riscv,imsics")
        .flag("interrupt-controller")
        .cells("#interrupt-cells", 0)
        .flag("msi-controller")
        .cells("#msi-cells", 0)
        .cells("interrupts-extended", tree.perHart(input))
        .cells("riscv,num-ids", ImsicFile.IDENTITIES)
        .cells("phandle", phandle);
  }

  @Override
  public void make(Board board) {
    List<ImsicFile> m = files(board.lines(Interrupts.MEI));
    List<ImsicFile> s = files(board.lines(Interrupts.SEI));
    for (HartTable.Row row : board.harts().rows()) {
      int hart = row.hart().id();
      row.hart().interruptFiles(new Shown(m.get(hart)), new Shown(s.get(hart)));
    }
    Message supervisors = attach(board, place, new Imsic("imsic-s", s));
    board.messages(
        machine
            .map(root -> attach(board, root, new Imsic("imsic-m", m)))
            .map(machines -> both(machines, supervisors))
            .orElse(supervisors));
  }

  private static Message both(Message one, Message other) {
    return (address, data) -> {
      one.send(address, data);
      other.send(address, data);
    };
  }

  /** Puts files on the board; what is returned takes messages for them, and no others. */
  private static Message attach(Board board, Region at, Imsic imsic) {
    board.attach(at, imsic);
    return (address, data) -> {
      long offset = address - at.gpa();
      if (offset >= 0 && offset < at.size() && (offset & 3) == 0) {
        imsic.send(offset, data);
      }
    };
  }

  private static List<ImsicFile> files(List<InterruptLine> lines) {
    return lines.stream().map(ImsicFile::new).toList();
  }

  /** A file as its hart sees it. */
  private record Shown(ImsicFile file) implements InterruptFile {
    @Override
    public long read(int register) {
      return file.read(register);
    }

    @Override
    public void write(int register, long value) {
      file.write(register, value);
    }

    @Override
    public int top() {
      return file.top();
    }

    @Override
    public void claim(int identity) {
      file.claim(identity);
    }
  }
}
