package atoll.manager;

import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.image.RefusedException;
import atoll.scenario.DeviceSpec;
import atoll.scenario.TimeAmount;
import atoll.vmm.FrontPanel;
import atoll.vmm.PanelReport;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What is done to the devices of a VM, as a person at a board would: cables, disks, buttons, the
 * console.
 *
 * @param <R> what comes of it
 */
public sealed interface BoardAction<R> extends VmAction<R> {
  /** The devices of a VM's board, by address. */
  record ListDevices(String vm) implements BoardAction<List<DeviceReport>> {}

  /**
   * Puts other code in the place of a device of the user's own, while the VM is paused and for the
   * rest of its life.
   *
   * @param device its name
   * @param code the class of a jar, which is read anew, or a function of the program that {@link
   *     Manager#functions} has
   */
  record ReplaceDevice(String vm, String device, DeviceSpec.Code code)
      implements BoardAction<Void> {
    public ReplaceDevice {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(device, "device");
      Objects.requireNonNull(code, "code");
    }
  }

  /**
   * Plugs a cable of a VM in, or pulls it out; the guest is told.
   *
   * @param nic the number of the network interface, from 0
   */
  record Link(String vm, int nic, boolean up) implements BoardAction<Void> {
    public Link {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /**
   * Makes a disk of a VM larger; the guest, if it runs, is told.
   *
   * @param disk the number of the disk, from 0
   * @param bytes in all
   */
  record GrowDisk(String vm, int disk, long bytes) implements BoardAction<Void> {
    public GrowDisk {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /**
   * Puts another image in the place of a disk's, for this and all later lives of a VM; the guest,
   * if it runs, is told that its disk has another size.
   *
   * @param disk the number of the disk, from 0
   * @param readOnly whether it is only read; a disk that a guest has found writable cannot be, and
   *     one that it has found read-only is in any case
   */
  record ChangeDisk(
      String vm, int disk, DiskLocation image, Optional<DiskFormat> format, boolean readOnly)
      implements BoardAction<Void> {
    public ChangeDisk {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(format, "format");
    }
  }

  /**
   * Asks the guest of a VM with paged memory to give the host so many bytes in all; it may take its
   * time.
   */
  record Balloon(String vm, long bytes) implements BoardAction<BalloonReport> {}

  /** The picture that a VM's display shows. */
  record TakeScreenshot(String vm) implements BoardAction<Screenshot> {
    public TakeScreenshot {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /**
   * Presses a button at a VM's front, and lets it go after a time, in which the VM may be paused or
   * end.
   *
   * @param time of the platform's
   * @return whether the guest has a driver running for the device whose keys the buttons are; one
   *     that looks at their pins needs none
   */
  record PressButton(String vm, String button, Duration time) implements BoardAction<Boolean> {
    /** How long a press takes of which nobody says it. */
    public static final Duration USUAL = Duration.ofMillis(100);

    /** The longest time. */
    public static final Duration LONGEST = Duration.ofHours(1);

    public PressButton {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(button, "button");
      if (time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0) {
        throw new RefusedException(
            "a button is pressed for up to %s, not for %s; hold it for longer"
                .formatted(TimeAmount.inWords(LONGEST), TimeAmount.inWords(time)));
      }
    }

    /** A press of the power button, on which an operating system ends its machine. */
    public static PressButton power(String vm) {
      return new PressButton(vm, FrontPanel.POWER, USUAL);
    }
  }

  /**
   * Presses a button at a VM's front and holds it, or lets it go.
   *
   * @return as {@link PressButton}
   */
  record HoldButton(String vm, String button, boolean down) implements BoardAction<Boolean> {
    public HoldButton {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(button, "button");
    }
  }

  /** Which buttons are held at a VM's front, and which LEDs are lit. */
  record ReadPanel(String vm) implements BoardAction<PanelReport> {
    public ReadPanel {
      Objects.requireNonNull(vm, "vm");
    }
  }

  /**
   * Types on a VM's console.
   *
   * @return how many of the bytes its guest has taken, the first ones; the others can be typed
   *     again after {@link Event.ConsoleRoom} or {@link Event.ConsoleReady}; none without a life
   */
  record Type(String vm, Bytes bytes) implements BoardAction<Integer> {
    public Type {
      Objects.requireNonNull(vm, "vm");
      Objects.requireNonNull(bytes, "bytes");
    }
  }

  /** The terminal on which a VM's console is shown has this size now, in characters. */
  record ResizeConsole(String vm, int columns, int rows) implements BoardAction<Void> {
    public ResizeConsole {
      Objects.requireNonNull(vm, "vm");
    }
  }
}
