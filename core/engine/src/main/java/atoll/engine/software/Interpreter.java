package atoll.engine.software;

import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.hart.SoftHart;
import atoll.engine.interp.ColdUnit;
import atoll.engine.interp.HotLoop;

/**
 * The portable engine, and the oracle for every other: executes decoded instructions one by one.
 *
 * <p>{@link HotLoop} holds what programs do most; {@link ColdUnit} the rest.
 */
public final class Interpreter implements Engine {
  @Override
  public String name() {
    return "interpreter";
  }

  @Override
  public Executor executor(Hart hart) {
    return new HotLoop((SoftHart) hart);
  }
}
