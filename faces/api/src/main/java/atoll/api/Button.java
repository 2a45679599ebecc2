package atoll.api;

import atoll.manager.BoardAction;
import java.time.Duration;

/**
 * A button at a VM's front: a pin of its GPIO controller that is high while the button is held, and
 * a key of an input device.
 */
public final class Button {
  private final String vm;
  private final String name;
  private final Operator operator;

  Button(String vm, String name, Operator operator) {
    this.vm = vm;
    this.name = name;
    this.operator = operator;
  }

  /**
   * What it is called.
   *
   * @return its name in the scenario, or in {@link VmBuilder#button}
   */
  public String name() {
    return name;
  }

  /**
   * Presses it for 100 ms of guest time. Returns at once.
   *
   * @throws AtollException if there is no such button, or the VM has no life
   */
  public void press() {
    press(BoardAction.PressButton.USUAL);
  }

  /**
   * Presses it for a time. Returns at once; a press while it is held begins the time anew.
   *
   * @param time of the guest's, up to an hour
   * @throws AtollException if there is no such button, the VM has no life, or the time cannot be
   */
  public void press(Duration time) {
    boolean ignored = operator.perform(new BoardAction.PressButton(vm, name, time));
  }

  /**
   * Presses it until it is {@linkplain #release let go}, or the VM's life ends.
   *
   * @throws AtollException if there is no such button, or the VM has no life
   */
  public void hold() {
    boolean ignored = operator.perform(new BoardAction.HoldButton(vm, name, true));
  }

  /**
   * Lets it go.
   *
   * @throws AtollException if there is no such button, or the VM has no life
   */
  public void release() {
    boolean ignored = operator.perform(new BoardAction.HoldButton(vm, name, false));
  }

  @Override
  public String toString() {
    return "button %s of %s".formatted(name, vm);
  }
}
