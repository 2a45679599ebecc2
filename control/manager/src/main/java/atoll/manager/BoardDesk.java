package atoll.manager;

import atoll.scenario.DeviceSpec;
import java.time.Duration;

/** Performs {@link BoardAction}s. */
final class BoardDesk implements Desk<BoardAction<?>> {
  private final PresentSystem system;
  private final ProgramDevices functions;

  /**
   * @param functions of the program that devices of its own are made and watched by
   */
  BoardDesk(PresentSystem system, ProgramDevices functions) {
    this.system = system;
    this.functions = functions;
  }

  @Override
  public Object perform(BoardAction<?> action, EventListener listener) {
    return switch (action) {
      case BoardAction.ListDevices(String vm) -> system.vm(vm).present(DeviceReport::of);
      case BoardAction.ReplaceDevice(String vm, String device, DeviceSpec.Code code) ->
          Desk.done(() -> replace(vm, device, code));
      case BoardAction.Link(String vm, int nic, boolean up) ->
          Desk.done(() -> system.get().link(vm, nic, up));
      case BoardAction.GrowDisk(String vm, int disk, long bytes) ->
          Desk.done(() -> system.vm(vm).controls().growDisk(disk, bytes));
      case BoardAction.ChangeDisk change -> change(change);
      case BoardAction.Balloon(String vm, long bytes) -> system.vm(vm).controls().balloon(bytes);
      case BoardAction.TakeScreenshot(String vm) -> system.get().shot(vm);
      case BoardAction.PressButton(String vm, String button, Duration time) ->
          system.vm(vm).controls().press(button, time.toNanos());
      case BoardAction.HoldButton(String vm, String button, boolean down) ->
          hold(system.vm(vm).controls(), button, down);
      case BoardAction.ReadPanel(String vm) -> system.vm(vm).controls().panel();
      case BoardAction.Type(String vm, Bytes bytes) -> system.vm(vm).console().type(bytes);
      case BoardAction.ResizeConsole(String vm, int columns, int rows) ->
          Desk.done(() -> system.vm(vm).console().resize(columns, rows));
    };
  }

  private void replace(String vm, String device, DeviceSpec.Code code) {
    SignedParts.requireDevice(system.get(), system.vm(vm).description(), device);
    system.get().replace(vm, device, code, functions);
  }

  private static boolean hold(VmControls controls, String button, boolean down) {
    return down ? controls.press(button, Long.MAX_VALUE) : controls.release(button);
  }

  private Void change(BoardAction.ChangeDisk change) {
    SignedParts.requireDisk(system.get(), system.vm(change.vm()).description(), change.disk());
    return Desk.waiting(
        () -> {
          system.vm(change.vm()).controls().changeDisk(change);
          return null;
        },
        () ->
            "the wait was interrupted; disk %d of %s keeps its image"
                .formatted(change.disk(), change.vm()));
  }
}
