package atoll.debug;

import atoll.device.Channel;
import atoll.device.MmioBus;
import atoll.engine.AddressTranslation;
import atoll.engine.MappedRange;
import atoll.engine.MmuStatistics;
import atoll.image.Nearest;
import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.report.WalkText;
import atoll.virtio.VirtioTransport;
import atoll.vmm.MachineDebug.AddressKind;
import atoll.vmm.VmException;
import atoll.vmm.VmStatistics;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What a debugger's user can type behind {@code monitor}. */
final class MonitorCommands {
  private static final int MOST_RANGES = 500;

  /** The commands, with what they take and do. */
  private enum Verb {
    HELP("", "shows this help"),
    VMS("", "lists the VMs with their process numbers, for attach"),
    TRANSLATE("ADDRESS", "shows where a virtual address, or a register's, leads, and the walk"),
    PAGETABLE("", "shows what this hart's tables map"),
    MEMORY("virtual|physical", "says which addresses memory is read and written by"),
    SPACE(
        "ADDRESS any|current|SATP",
        "has a breakpoint at an address count in one address space only"),
    INTERRUPTS("on|off", "says whether single steps take interrupts; off at first"),
    RESET("", "begins this VM again; it then stands before its first instruction"),
    EXITS("", "counts exits from this VM's guest code by reason, and its traps"),
    DEVICES("", "counts accesses to this VM's devices"),
    CHANNELS("", "counts rings of this VM's channels"),
    MMU("", "says how this VM's addresses are translated, and what that took");

    private final String words;
    private final String help;

    Verb(String words, String help) {
      this.words = words;
      this.help = help;
    }

    private static List<String> all() {
      return Arrays.stream(values()).map(Words::of).toList();
    }
  }

  private final GdbSession session;
  private final StringBuilder text = new StringBuilder();

  MonitorCommands(GdbSession session) {
    this.session = session;
  }

  /** Performs what was typed; returns what is to be shown. */
  String perform(String typed) throws InterruptedException {
    text.setLength(0);
    List<String> words = List.of(typed.strip().split("\\s+"));
    int index = Verb.all().indexOf(words.getFirst());
    if (index < 0) {
      return "there is no command '%s'%s\n"
          .formatted(
              words.getFirst(),
              Nearest.to(words.getFirst(), Verb.all())
                  .map(near -> "; did you mean " + near + "?")
                  .orElse("; monitor help lists them"));
    }
    Verb verb = Verb.values()[index];
    try {
      if (!perform(verb, words)) {
        return "expected: monitor %s %s\n".formatted(Words.of(verb), verb.words);
      }
    } catch (VmException | RefusedException e) {
      return e.getMessage() + "\n";
    }
    return text.toString();
  }

  /** Whether the words are right. */
  private boolean perform(Verb verb, List<String> words) throws InterruptedException {
    int expected = verb.words.isEmpty() ? 1 : 1 + verb.words.split(" ").length;
    if (words.size() != expected) {
      return false;
    }
    switch (verb) {
      case HELP -> help();
      case VMS -> vms();
      case TRANSLATE -> {
        return address(words.get(1)).map(this::translate).isPresent();
      }
      case PAGETABLE -> pageTable();
      case MEMORY -> {
        return memory(words.get(1));
      }
      case SPACE -> {
        return space(words.get(1), words.get(2));
      }
      case INTERRUPTS -> {
        return interrupts(words.get(1));
      }
      case RESET -> reset();
      case EXITS -> exits(session.general().target().statistics());
      case DEVICES -> devices(session.general().target().statistics());
      case CHANNELS -> channels(session.general().target().statistics());
      case MMU -> mmu(session.general().target().statistics().mmu());
    }
    return true;
  }

  private void say(String line) {
    text.append(line).append('\n');
  }

  /** A number as C writes it. */
  private static Optional<Long> number(String word) {
    if (word.startsWith("0x") || word.startsWith("0X")) {
      return Hex.number(word.substring(2));
    }
    try {
      return Optional.of(Long.parseUnsignedLong(word));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** The same, or what a register of this hart has. */
  private Optional<Long> address(String word) {
    Optional<Long> number = number(word);
    if (number.isPresent()) {
      return number;
    }
    try {
      return Optional.of(session.life().register(session.hart(), word));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private void help() {
    for (Verb verb : Verb.values()) {
      say("%-32s %s".formatted((Words.of(verb) + " " + verb.words).strip(), verb.help));
    }
  }

  private void vms() {
    for (Inferior inferior : session.inferiors()) {
      String state =
          inferior.attached()
              ? "attached"
              : inferior.target().alive() ? "runs; attach %d takes it" : "does not run";
      say(
          "%3d  %-20s %2d harts  %s"
              .formatted(
                  inferior.process(),
                  inferior.target().name(),
                  inferior.target().harts(),
                  state.formatted(inferior.process())));
    }
  }

  // ------------------------------------------------------------ addresses

  private boolean translate(long address) {
    AddressTranslation found = session.life().translate(session.hart(), address);
    WalkText.lines(address, found).forEach(this::say);
    return true;
  }

  private void pageTable() {
    List<MappedRange> ranges = session.life().mappings(session.hart(), MOST_RANGES + 1);
    if (ranges.isEmpty()) {
      say("nothing is translated in this mode");
    }
    ranges.stream()
        .limit(MOST_RANGES)
        .forEach(range ->
            say(
                "%016x to %016x  %8d KiB  at %012x  %s"
                    .formatted(
                        range.virtual(),
                        range.virtual() + range.bytes() - 1,
                        range.bytes() >> 10,
                        range.physical(),
                        WalkText.flags(range.flags()))));
    if (ranges.size() > MOST_RANGES) {
      say("and more");
    }
  }

  private boolean memory(String word) {
    switch (word) {
      case "virtual" -> session.access().addresses(AddressKind.VIRTUAL);
      case "physical" -> session.access().addresses(AddressKind.PHYSICAL);
      default -> {
        return false;
      }
    }
    say("memory is read and written by %s addresses".formatted(word));
    return true;
  }

  private boolean space(String place, String which) {
    Optional<Long> address = address(place);
    Optional<OptionalLong> space =
        switch (which) {
          case "any" -> Optional.of(OptionalLong.empty());
          case "current" -> Optional.of(OptionalLong.of(currentSpace()));
          default -> number(which).map(OptionalLong::of);
        };
    if (address.isEmpty() || space.isEmpty()) {
      return false;
    }
    if (!session.general().points().limit(address.get(), space.get())) {
      say("there are too many; take some back with any");
    } else if (space.get().isEmpty()) {
      say("a breakpoint at 0x%x counts everywhere".formatted(address.get()));
    } else {
      say(
          "a breakpoint at 0x%x counts only where satp is 0x%x"
              .formatted(address.get(), space.get().getAsLong()));
    }
    return true;
  }

  private long currentSpace() {
    boolean virtual = session.life().register(session.hart(), "virt") != 0;
    return session.life().register(session.hart(), virtual ? "vsatp" : "satp");
  }

  private boolean interrupts(String word) {
    boolean on = word.equals("on");
    if (!on && !word.equals("off")) {
      return false;
    }
    session.stepsTakeInterrupts(on);
    say(on ? "single steps take interrupts" : "single steps take no interrupts");
    return true;
  }

  private void reset() throws InterruptedException {
    session.general().restart();
    say(
        "%s stands before its first instruction; type 'maintenance flush register-cache'"
            .formatted(session.general().target().name()));
  }

  // ------------------------------------------------------------ counts

  private void exits(VmStatistics statistics) {
    statistics.exits().forEach((reason, exit) -> count(reason, exit.count()));
    counts("exceptions", statistics.exceptions());
    counts("interrupts", statistics.interrupts());
    counts("SBI calls", statistics.sbiCalls());
  }

  private void counts(String title, Map<String, Long> counts) {
    say(title);
    counts.forEach((name, count) -> count("  " + name, count));
  }

  private void count(String name, long count) {
    if (count > 0) {
      say("%-40s %,16d".formatted(name, count));
    }
  }

  private void devices(VmStatistics statistics) {
    for (MmioBus.Statistics device : statistics.devices()) {
      say(
          "%-20s at 0x%08x  %,12d loads  %,12d stores  %,d refused"
              .formatted(
                  device.device(),
                  device.base(),
                  device.reads(),
                  device.writes(),
                  device.faults()));
    }
    for (VirtioTransport.Statistics device : statistics.virtio()) {
      say(
          "%-20s %,12d notifications  %,12d interrupts  %,d broken rules"
              .formatted(
                  device.device(), device.notifications(), device.interrupts(), device.faults()));
    }
    say("%,d accesses met no device".formatted(statistics.unmapped()));
  }

  private void channels(VmStatistics statistics) {
    if (statistics.channels().isEmpty()) {
      say("%s has no channel".formatted(session.general().target().name()));
    }
    for (Channel.Statistics channel : statistics.channels()) {
      say(
          "%-20s %,12d rings sent  %,12d received"
              .formatted(channel.channel(), channel.ringsSent(), channel.ringsReceived()));
    }
  }

  private void mmu(MmuStatistics mmu) {
    say(
        "%s"
            .formatted(
                mmu.technique().map(kind -> kind.id() + ", " + kind.text()).orElse("none yet")));
    count("misses", mmu.misses());
    count("fills", mmu.fills());
    count("walks", mmu.walks());
    count("references", mmu.references());
    count("walks of Atoll's tables", mmu.secondWalks());
    count("flushes", mmu.flushes());
    mmu.exits().forEach((cause, count) -> count("exits for " + cause, count));
  }
}
