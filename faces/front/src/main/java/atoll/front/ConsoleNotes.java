package atoll.front;

import atoll.console.GuestConsole;
import atoll.console.HostConsole;
import atoll.image.Words;
import atoll.manager.Event;
import atoll.manager.EventListener;
import atoll.manager.VmStatus;
import atoll.report.OutcomeText;
import atoll.scenario.RestartPolicy;
import atoll.scenario.TimeAmount;
import atoll.scenario.VmDescription;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Says on the console what becomes of VMs, and to who types at one that does not read it why that
 * is so. Each change of a VM's life is one line, in the same words whoever has caused it.
 */
final class ConsoleNotes implements EventListener {
  private final HostConsole console;
  private final boolean several;
  private final Map<String, GuestConsole> guests = new LinkedHashMap<>();

  /**
   * @param console where
   * @param shown the VMs that have a console there
   * @param several whether notes tell VMs apart; how the last life of a single one ends is said
   *     elsewhere
   */
  ConsoleNotes(HostConsole console, List<VmDescription> shown, boolean several) {
    this.console = console;
    this.several = several;
    for (VmDescription vm : shown) {
      guests.put(vm.name(), console.guest(vm.name()));
      if (!vm.autostart()) {
        unplug(vm.name(), VmStatus.READY);
      }
    }
  }

  @Override
  public void accept(Event event) {
    // No switch, as in PluggedConsoles: the first use of one takes long.
    if (event instanceof Event.Noticed(String vm, String text)) {
      console.note(vm, several ? vm + ": " + text : text);
    } else if (event instanceof Event.LifeBegan(String vm, int life, Event.Beginning why)) {
      began(vm, why);
    } else if (event instanceof Event.LifeEnded ended) {
      ended(ended);
    } else if (event instanceof Event.Stopped(String vm)) {
      operated(vm, OptionalInt.empty(), "stopped");
    } else if (event instanceof Event.Paused(String vm, OptionalInt vcpu)) {
      operated(vm, vcpu, "paused");
    } else if (event instanceof Event.Resumed(String vm, OptionalInt vcpu)) {
      operated(vm, vcpu, "resumed");
    } else if (event instanceof Event.Saved(String snapshot, Duration pause)) {
      console.note("saved; to go on from here: atoll restore " + snapshot);
    } else if (event instanceof Event.Migrated(List<String> vms, String to, Duration ignored)) {
      vms.forEach(vm -> console.note(vm, "%s runs at %s now".formatted(vm, to)));
    } else if (event instanceof Event.MigrationDoubted(List<String> vms, String to, String text)) {
      console.note(text);
    } else if (event instanceof Event.StatusChanged(String vm, VmStatus status)) {
      changed(vm, status);
    }
  }

  private void began(String vm, Event.Beginning why) {
    switch (why) {
      case SYSTEM -> {}
      case START -> operated(vm, OptionalInt.empty(), "started");
      case RESET -> operated(vm, OptionalInt.empty(), "reset");
      case RESTART -> console.note(vm, vm + " begins again");
      case SNAPSHOT -> console.note(vm, vm + " goes on where it was saved");
      case SECOND ->
          console.note(vm, "it goes on from a snapshot of an earlier boot; --cold boots");
      case SUSPENDED -> console.note(vm, "it goes on where you left it; --cold boots");
    }
  }

  private void operated(String vm, OptionalInt vcpu, String what) {
    String of = vcpu.isPresent() ? "vCPU %d of %s".formatted(vcpu.getAsInt(), vm) : vm;
    console.note(vm, "%s was %s by the operator".formatted(of, what));
  }

  private void ended(Event.LifeEnded ended) {
    if (several || ended.restart().isPresent()) {
      console.note(ended.vm(), inWords(ended));
    }
  }

  private static String inWords(Event.LifeEnded ended) {
    String next = ended.restart().map(ConsoleNotes::inWords).orElse("");
    return ended.vm() + " " + OutcomeText.of(ended.outcome()) + next;
  }

  private static String inWords(Event.Restart again) {
    String when =
        again.backoff().isZero() ? "at once" : "in " + TimeAmount.inWords(again.backoff());
    String count =
        again.most() == RestartPolicy.UNLIMITED
            ? ""
            : " (%d of %d)".formatted(again.number(), again.most());
    return "; starts again " + when + count;
  }

  private void changed(String vm, VmStatus status) {
    if (!guests.containsKey(vm)) {
      return;
    }
    if (status == VmStatus.RUNNING) {
      guests.get(vm).back();
    } else if (status == VmStatus.PAUSED) {
      String why = vm + " is paused, and gets what is typed when it goes on";
      guests.get(vm).hold(why + how("resume", vm));
    } else if (status != VmStatus.READY) { // which is so for a moment, before its start
      unplug(vm, status);
    }
  }

  private void unplug(String vm, VmStatus status) {
    String state = status == VmStatus.READY ? "not started yet" : Words.of(status);
    guests
        .get(vm)
        .unplug(
            "%s is %s, and what is typed goes nowhere%s".formatted(vm, state, how("start", vm)),
            status == VmStatus.RESTARTING);
  }

  private String how(String command, String vm) {
    return console.attended()
        ? "; to %s it: Ctrl-a c, then %s %s".formatted(command, command, vm)
        : "";
  }
}
