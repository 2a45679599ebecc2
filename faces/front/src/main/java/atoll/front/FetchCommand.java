package atoll.front;

import atoll.image.LinuxImages;
import atoll.image.UefiFirmware;
import atoll.manager.ImageAction;
import atoll.manager.Manager;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code atoll fetch}. */
@Command(
    name = "fetch",
    header = "Fetches the images of 'atoll run linux' into the cache, so that it works offline.",
    sortOptions = false)
final class FetchCommand implements Callable<Integer> {
  private final Manager manager;
  private final UnaryOperator<String> environment;
  private final PrintStream out;
  private final PrintStream err;

  @Option(names = "--newest", description = "look for newer packages even if the cache has some")
  private boolean newest;

  @Option(names = "--uefi", description = "fetch the firmware of 'atoll run --uefi' instead")
  private boolean uefi;

  @Mixin private MirrorOptions mirror;

  FetchCommand(
      Manager manager, UnaryOperator<String> environment, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    if (uefi) {
      return fetchFirmware();
    }
    LinuxImages images =
        manager.perform(
            new ImageAction.FetchLinux(mirror.choice(), newest), ProgressBar.on(err, environment));
    out.printf(
        "%s%nkernel     %s%ninitramfs  %s%n",
        images.version(), images.kernel(), images.initramfs());
    return ExitCode.SUCCESS;
  }

  private int fetchFirmware() {
    UefiFirmware firmware =
        manager.perform(
            new ImageAction.FetchFirmware(mirror.choice(), newest),
            ProgressBar.on(err, environment));
    out.printf(
        "%s%ncode       %s%nvariables  %s%n",
        firmware.version(), firmware.code(), firmware.variables());
    return ExitCode.SUCCESS;
  }
}
