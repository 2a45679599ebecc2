package atoll.front;

import atoll.image.Words;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** What can be typed first in the monitor, with the words that may follow. */
enum MonitorVerb {
  START("VM", "starts a VM that is not running", "it has started"),
  STOP("VM", "ends a VM", "it has ended"),
  PAUSE("VM [vcpu N]", "pauses a VM, or one of its vCPUs", "it stands still"),
  RESUME("VM [vcpu N]", "resumes it"),
  RESET("VM", "restarts a VM from its images", "it has started again"),
  POWERDOWN("VM", "presses a VM's power button, on which its guest may end it"),
  PRESS("VM BUTTON [TIME]", "presses a button for 100ms, or for TIME"),
  HOLD("VM BUTTON", "presses a button, and holds it"),
  RELEASE("VM BUTTON", "lets it go"),
  PANEL("VM", "shows a VM's buttons and LEDs"),
  REGISTERS("VM", "shows the registers of a paused VM's vCPUs"),
  REPORT("VM", "shows what a VM is doing, or what it did when it failed", "it is shown"),
  DUMP("VM FILE", "writes a paused VM into an ELF core, which gdb opens", "the core is written"),
  BALLOON("VM SIZE", "asks a VM with paged memory to give this much back to the host"),
  DIRTY(
      "VM [TIME]",
      "finds out how much memory a VM writes to in a second, or in TIME",
      "the time is over"),
  LINK(
      "VM NIC up|down",
      "plugs the cable of a network interface in, or pulls it out",
      "the cable is in or out"),
  DISK(
      "resize|change VM DISK SIZE|IMAGE[,ro][,format=FORMAT]",
      "makes a disk larger, or puts another image in its place, and tells the guest",
      "the disk has its new size, or its new image"),
  DEVICES("VM", "shows a VM's devices and what they have been asked"),
  DEVICE(
      "replace VM DEVICE JAR CLASS",
      "puts a class in the place of a paused VM's own device, for the rest of its life",
      "the other device is there"),
  SCREENSHOT(
      "VM FILE", "writes what a VM's display shows into a PNG file", "the picture is written"),
  SAVE(
      "NAME",
      "saves all VMs, their memory and disks, to go on from: atoll restore NAME",
      "all is saved"),
  GDB("VM [ADDRESS]", "lets gdb debug a VM, at a port that is free or at ADDRESS", "gdb can come"),
  MIGRATE(
      "HOST:PORT [DOWNTIME]",
      "moves all VMs to another host, where atoll receive waits",
      "they run there"),
  NETWORKS("", "shows what has passed over the networks", "this is shown"),
  LIST("", "shows the VMs, their states and their vCPUs"),
  STATS("[VM]", "shows what they have done"),
  HELP("", "shows this help"),
  BACK("", "goes back to the console, as Ctrl-d does"),
  QUIT("", "ends everything");

  static final String VCPU = "vcpu";
  static final String UP = "up";
  static final String DOWN = "down";
  static final String RESIZE = "resize";
  static final String CHANGE = "change";
  static final String REPLACE = "replace";

  /** What takes another word behind the VM. */
  private static final Set<MonitorVerb> NEEDING_MORE =
      EnumSet.of(BALLOON, LINK, SCREENSHOT, DUMP, PRESS, HOLD, RELEASE);

  /** What takes two words behind its own. */
  private static final Set<MonitorVerb> OPTIONAL_THIRD = EnumSet.of(BALLOON, DIRTY, GDB, MIGRATE);

  private final String words;
  private final String help;
  private final String end;

  MonitorVerb(String words, String help) {
    this(words, help, "there is an answer");
  }

  /**
   * @param end until when it may have to wait
   */
  MonitorVerb(String words, String help, String end) {
    this.words = words;
    this.help = help;
    this.end = end;
  }

  String word() {
    return Words.of(this);
  }

  boolean takesVm() {
    return words.contains("VM");
  }

  boolean needsVm() {
    return words.startsWith("VM");
  }

  /** Another word comes before the VM. */
  boolean acts() {
    return takesVm() && !needsVm() && !words.startsWith("[");
  }

  /** It is about the whole system, and a word must follow. */
  boolean takesOther() {
    return this == SAVE || this == MIGRATE;
  }

  boolean takesVcpu() {
    return words.contains(VCPU);
  }

  static List<String> all() {
    return IntStream.range(0, values().length).mapToObj(i -> values()[i].word()).toList();
  }

  /** The one that a word is; upper case is as good as lower case. */
  static Optional<MonitorVerb> of(String word) {
    int index = all().indexOf(word.toLowerCase(Locale.ROOT));
    return index < 0 ? Optional.empty() : Optional.of(values()[index]);
  }

  /** It is about a button, which is named behind the VM. */
  boolean onButton() {
    return this == PRESS || this == HOLD || this == RELEASE;
  }

  /** It writes a file. */
  boolean writes() {
    return this == SCREENSHOT || this == DUMP;
  }

  /** What it does, for a person. */
  String help() {
    return help;
  }

  /** Until when it may have to wait. */
  String end() {
    return end;
  }

  /** All that can be typed, as a person reads it. */
  String usage() {
    return (word() + " " + words).strip();
  }

  /** How many words of a command are meant in lower case; names and paths behind are as typed. */
  int caseless(int typed) {
    return switch (this) {
      case SAVE, MIGRATE -> 1;
      case GDB -> 2;
      case DISK, DEVICE -> 4;
      default -> typed;
    };
  }

  /** Whether a command has the words that it needs, its own included. */
  boolean fits(List<String> typed) {
    return switch (typed.size()) {
      case 1 -> !needsVm() && !acts() && !takesOther();
      case 2 -> takesOther() || takesVm() && !acts() && !NEEDING_MORE.contains(this);
      case 3 -> onButton() || OPTIONAL_THIRD.contains(this);
      case 4 ->
          this == LINK
              ? List.of(UP, DOWN).contains(typed.get(3))
              : this == PRESS || takesVcpu() && typed.get(2).equals(VCPU);
      case 5 -> this == DISK && List.of(RESIZE, CHANGE).contains(typed.get(1));
      case 6 -> this == DEVICE && typed.get(1).equals(REPLACE);
      default -> false;
    };
  }
}
