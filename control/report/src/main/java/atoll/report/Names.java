package atoll.report;

import atoll.report.CrashReport.Word;
import atoll.vmm.HartImage;
import atoll.vmm.MachineImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/** The names of all programs that a machine runs, as far as they are known. */
final class Names {
  private static final int PAGE = 4096;

  private final List<Symbols> files;

  private final List<String> notes = new ArrayList<>();

  /** What can be recognised wherever it has been loaded: a trap handler, by the register for it. */
  private record Anchor(String symbol, String csr) {}

  private static final List<Anchor> ANCHORS =
      List.of(
          new Anchor("handle_exception", "stvec"), // Linux
          new Anchor("_trap_handler", "mtvec"), // OpenSBI
          new Anchor("trap_entry", "stvec"), // U-Boot
          new Anchor("trap_entry", "mtvec"));

  /**
   * @param symbols as they were linked; a program may have moved itself, as Linux does with KASLR
   * @param machine that executes the programs
   */
  Names(List<Symbols> symbols, MachineImage machine) {
    files = symbols.stream().map(file -> moved(file, machine)).toList();
  }

  private Symbols moved(Symbols file, MachineImage machine) {
    for (HartImage hart : machine.harts()) {
      for (Anchor anchor : ANCHORS) {
        OptionalLong linked = file.address(anchor.symbol);
        long there = hart.register(anchor.csr) & -4; // the mode is in the lowest bits
        long distance = there - linked.orElse(there);
        if (there != 0 && distance != 0 && distance % PAGE == 0 && file.at(there).isEmpty()) {
          notes.add(
              "the names are moved by 0x%x, since %s is at 0x%x"
                  .formatted(distance, anchor.symbol, there));
          return file.moved(distance);
        }
      }
    }
    return file;
  }

  /** What a person should know of the names, a sentence each. */
  List<String> notes() {
    return notes;
  }

  /** The place of an address, if it has a name. */
  Optional<String> at(long address) {
    return files.stream().flatMap(file -> file.at(address).stream()).findFirst();
  }

  /** Where what is at an address begins; the address itself where nothing has a name. */
  long begin(long address) {
    return files.stream()
        .flatMapToLong(file -> LongStream.of(file.begin(address)))
        .filter(begin -> begin != address)
        .findFirst()
        .orElse(address);
  }

  Word word(long value) {
    return new Word("0x%x".formatted(value), at(value));
  }
}
