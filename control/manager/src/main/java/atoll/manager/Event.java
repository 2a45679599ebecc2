package atoll.manager;

import atoll.image.Progress;
import atoll.report.CrashReport;
import atoll.scenario.ConsoleKind;
import atoll.vmm.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/** Something that a face of Atoll's may show or send on: values only. */
public sealed interface Event {
  /** Long work, such as the fetching of images. A step may be part of another one. */
  sealed interface Work extends Event {}

  /**
   * A step begins.
   *
   * @param step what is being done, in a few words
   * @param total how much there is to do, or 0 if that is not known
   * @param unit what that is measured in
   */
  record StepBegan(String step, long total, Progress.Unit unit) implements Work {
    public StepBegan {
      Objects.requireNonNull(step, "step");
      Objects.requireNonNull(unit, "unit");
    }
  }

  /** The part of the step that is being done now, in a few words. */
  record StepPart(String part) implements Work {
    public StepPart {
      Objects.requireNonNull(part, "part");
    }
  }

  /** So much of the step is done, counted from its start; may go back after a failure. */
  record StepAdvanced(long done) implements Work {}

  /** The step is over, well or not; the one around it goes on. */
  record StepEnded() implements Work {}

  /**
   * An image is offered to clients.
   *
   * @param address that they use
   */
  record ServingBegan(String address) implements Event {
    public ServingBegan {
      Objects.requireNonNull(address, "address");
    }
  }

  /**
   * An image is still offered, but a person should know something of it.
   *
   * @param text a sentence without a full stop
   */
  record ServingNoticed(String text) implements Event {
    public ServingNoticed {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * The system has been saved, and goes on.
   *
   * @param snapshot its name
   * @param pause how long it stood still
   */
  record Saved(String snapshot, Duration pause) implements Event {
    public Saved {
      Objects.requireNonNull(snapshot, "snapshot");
      Objects.requireNonNull(pause, "pause");
    }
  }

  /** The time of an alarm has come ({@link SystemAction.SetAlarm}). */
  record AlarmRang(long alarm) implements Event {}

  /**
   * VMs that move to another host have been copied once more while they run.
   *
   * @param round its number, from 1
   * @param pages that were copied
   * @param bytes that went over the connection
   * @param time that it took
   * @param bytesPerSecond of pages
   * @param left pages that were written to meanwhile
   * @param expected how long the VMs would stand still if they were stopped now
   * @param throttle the part of the time, in percent, for which their vCPUs are held
   */
  record MigrationRound(
      int round,
      long pages,
      long bytes,
      Duration time,
      long bytesPerSecond,
      long left,
      Duration expected,
      int throttle)
      implements Event {
    public MigrationRound {
      Objects.requireNonNull(time, "time");
      Objects.requireNonNull(expected, "expected");
    }
  }

  /**
   * VMs run at another host now, and end here.
   *
   * @param to its address
   * @param downtime for how long they stood still
   */
  record Migrated(List<String> vms, String to, Duration downtime) implements Event {
    public Migrated {
      vms = List.copyOf(vms);
      Objects.requireNonNull(to, "to");
      Objects.requireNonNull(downtime, "downtime");
    }
  }

  /**
   * Whether VMs run at another host is not known; they stay paused here.
   *
   * @param to its address
   * @param text a sentence without a full stop that says what to do
   */
  record MigrationDoubted(List<String> vms, String to, String text) implements Event {
    public MigrationDoubted {
      vms = List.copyOf(vms);
      Objects.requireNonNull(to, "to");
      Objects.requireNonNull(text, "text");
    }
  }

  /** Something about one VM. */
  sealed interface OfVm extends Event {
    /** Its name. */
    String vm();
  }

  /** Its status has changed. */
  record StatusChanged(String vm, VmStatus status) implements OfVm {
    public StatusChanged {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(status, "status");
    }
  }

  /** Why a life begins. */
  enum Beginning {
    /** It starts with its system. */
    SYSTEM,
    /** An operator has started the VM. */
    START,
    /** An operator has reset it. */
    RESET,
    /** Its restart policy says so. */
    RESTART,
    /** It goes on where it was when it was saved, or at the host that it has come from. */
    SNAPSHOT,
    /** It goes on from what an earlier boot of the same has left. */
    SECOND,
    /** It goes on where it was when its user left it. */
    SUSPENDED
  }

  /**
   * A life begins, from the images.
   *
   * @param life its number, from 1
   */
  record LifeBegan(String vm, int life, Beginning why) implements OfVm {
    public LifeBegan {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(why, "why");
    }
  }

  /** An operator has stopped a VM: its life, or the wait for its next one, is over. */
  record Stopped(String vm) implements OfVm {
    public Stopped {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /**
   * An operator has paused a VM, or one of its vCPUs.
   *
   * @param vcpu its number, if it is one only
   */
  record Paused(String vm, OptionalInt vcpu) implements OfVm {
    public Paused {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(vcpu, "vcpu");
    }
  }

  /**
   * An operator has ended a pause.
   *
   * @param vcpu its number, if it is that of one vCPU only
   */
  record Resumed(String vm, OptionalInt vcpu) implements OfVm {
    public Resumed {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(vcpu, "vcpu");
    }
  }

  /**
   * A life has ended by itself.
   *
   * @param restart if another will begin
   */
  record LifeEnded(String vm, Outcome outcome, Optional<Restart> restart) implements OfVm {
    public LifeEnded {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(outcome, "outcome");
      Objects.requireNonNull(restart, "restart");
    }
  }

  /**
   * A life has failed, and this is what it was doing; that it has ended is told next.
   *
   * @param report what there is to be said
   */
  record Crashed(String vm, CrashReport report) implements OfVm {
    public Crashed {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(report, "report");
    }
  }

  /**
   * A new start by itself.
   *
   * @param number from 1
   * @param most how many there can be
   * @param backoff until then
   */
  record Restart(int number, int most, Duration backoff) {
    public Restart {
      Objects.requireNonNull(backoff, "backoff");
    }
  }

  /**
   * A VM goes on, but a person should know something of it, such as a full file system under its
   * disk.
   *
   * @param text a sentence without a full stop
   */
  record Noticed(String vm, String text) implements OfVm {
    public Noticed {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * A VM has printed something.
   *
   * @param device the console device: serial or virtio
   */
  record Printed(String vm, ConsoleKind device, Bytes bytes) implements OfVm {
    public Printed {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(device, "device");
      Objects.requireNonNull(bytes, "bytes");
    }
  }

  /**
   * An LED at a VM's front has gone on or off; at the beginning of a life all are off.
   *
   * @param led its name
   */
  record LedChanged(String vm, String led, boolean lit) implements OfVm {
    public LedChanged {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(led, "led");
    }
  }

  /**
   * A life has its console: what is typed can be sent by {@link BoardAction.Type}. It can no longer
   * when the status is no more RUNNING or PAUSED.
   */
  record ConsoleReady(String vm, ConsoleKind device) implements OfVm {
    public ConsoleReady {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(device, "device");
    }
  }

  /** A console that has taken less than was typed has room again. */
  record ConsoleRoom(String vm, ConsoleKind device) implements OfVm {
    public ConsoleRoom {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(device, "device");
    }
  }
}
