package atoll.vmm;

import atoll.device.CfiFlash;
import atoll.device.RomBank;
import atoll.host.HostException;
import atoll.host.HostMemory;
import atoll.host.Tasks;
import atoll.vmm.BoardPlan.Region;
import java.io.IOException;
import java.util.List;

/**
 * Two banks of flash: firmware's code, which is memory that harts read and execute, and its
 * variables.
 *
 * @param code the first bank
 * @param place the second one
 */
record FlashFitting(Region code, Region place) implements Fitting {
  /** Bytes of a word of the bus. */
  private static final int WIDTH = 4;

  @Override
  public List<Region> regions() {
    return List.of(code, place);
  }

  /** The first bank is no flash to an operating system, which could not change it. */
  @Override
  public void describe(BoardTree tree) {
    tree.registers("flash", code).strings("compatible", "mtd-rom").cells("bank-width", WIDTH);
    tree.registers("flash", place).strings("compatible", "cfi-flash").cells("bank-width", WIDTH);
  }

  @Override
  public void make(Board board) {
    FirmwareFlash flash = board.config().flash().orElseThrow();
    addRom(board, flash);
    addVariables(board, flash);
  }

  private void addRom(Board board, FirmwareFlash flash) {
    HostMemory rom = HostMemory.allocate(code.size());
    try {
      flash.code().copyInto(rom.segment());
    } catch (VmException e) {
      rom.close();
      throw e;
    }
    board.memory().addRom(code.gpa(), rom);
    board.attach(code, new RomBank());
    board.add(
        new Activity() {
          @Override
          public void close() {
            rom.close();
          }
        });
  }

  private void addVariables(Board board, FirmwareFlash flash) {
    Tasks.Sequence thread = board.thread("flash", 1);
    CfiFlash bank = bank(board, flash, thread);
    board.attach(place, bank);
    board.add(
        new Activity() {
          @Override
          public void pause() {
            bank.settle();
          }

          @Override
          public void close() {
            bank.close();
          }
        });
  }

  private static CfiFlash bank(Board board, FirmwareFlash flash, Tasks.Sequence thread) {
    try {
      return new CfiFlash(flash.variables(), thread, board.work()::payer);
    } catch (IOException e) {
      throw new VmException(
          "the variables in %s cannot be read: %s"
              .formatted(flash.variables().serial(), HostException.reason(e)),
          e);
    }
  }
}
