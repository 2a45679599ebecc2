package atoll.vmm;

/** System reset (SBI §10). */
final class SbiSrst implements SbiExtension {
  private static final int ID = 0x53525354;
  private static final int RESET = 0;

  private static final int SHUTDOWN = 0;
  private static final int WARM_REBOOT = 2;

  /** Types from here on belong to vendors, reasons also to implementations; Atoll has none. */
  private static final int PRIVATE_TYPES = 0xf000_0000;

  private static final int PRIVATE_REASONS = 0xe000_0000;

  private static final int NO_REASON = 0;
  private static final int SYSTEM_FAILURE = 1;

  private final PowerControl power;

  SbiSrst(PowerControl power) {
    this.power = power;
  }

  @Override
  public String name() {
    return "SRST";
  }

  @Override
  public boolean covers(int extension) {
    return extension == ID;
  }

  @Override
  public SbiReply call(SbiCall call) {
    if (call.function() != RESET) {
      return SbiReply.error(SbiError.NOT_SUPPORTED);
    }
    return reset((int) call.argument(0), (int) call.argument(1));
  }

  private SbiReply reset(int type, int reason) {
    if (Integer.compareUnsigned(type, PRIVATE_TYPES) >= 0
        || Integer.compareUnsigned(reason, PRIVATE_REASONS) >= 0) {
      return SbiReply.error(SbiError.NOT_SUPPORTED);
    }
    if (Integer.compareUnsigned(type, WARM_REBOOT) > 0
        || Integer.compareUnsigned(reason, SYSTEM_FAILURE) > 0) {
      return SbiReply.error(SbiError.INVALID_PARAM);
    }
    if (reason != NO_REASON) {
      power.panic();
    } else if (type == SHUTDOWN) {
      power.poweroff(0);
    } else {
      power.reset();
    }
    return SbiReply.NONE;
  }
}
