package atoll.manager;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.ImageFiles;
import atoll.image.ImagePull;
import atoll.image.ImageStore;
import atoll.image.Progress;
import atoll.image.UserDisks;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;

/** Performs {@link ImageAction}s. */
final class ImageDesk implements Desk<ImageAction<?>> {
  private final Stores stores;
  private final SystemMaker maker;
  private final Clock clock;
  private final Effects effects;

  /**
   * @param maker makes the systems that build images
   * @param clock the host's
   */
  ImageDesk(Stores stores, SystemMaker maker, Clock clock, Effects effects) {
    this.stores = stores;
    this.maker = maker;
    this.clock = clock;
    this.effects = effects;
  }

  @Override
  public Object perform(ImageAction<?> action, EventListener listener) {
    ImageStore store = stores.store(listener);
    return switch (action) {
      case ImageAction.FetchLinux fetch ->
          stores.images(listener).linux(fetch.mirror(), fetch.newest());
      case ImageAction.FetchFirmware fetch ->
          stores.firmware(listener).get(fetch.mirror(), fetch.newest());
      case ImageAction.BuildImage build -> build(build, listener);
      case ImageAction.PrepareImages(Scenario scenario, boolean fresh) ->
          Desk.done(() -> prepare(scenario, fresh, listener));
      case ImageAction.PullImage(ImagePull.Request request) -> stores.pull(listener).pull(request);
      case ImageAction.ListImages() -> store.list();
      case ImageAction.VerifyImage(String name) -> store.verify(store.get(name));
      case ImageAction.RemoveImage(String name, boolean disk) -> remove(store, name, disk);
      case ImageAction.HasImage(String name) ->
          stores.disks(listener).present(name) || store.find(name).isPresent();
      case ImageAction.OpenDisk(String name, boolean fresh) ->
          stores.disks(listener).open(name, fresh, store.find(name));
    };
  }

  private ImageFiles build(ImageAction.BuildImage action, EventListener listener) {
    Progress progress = new WorkEvents(listener);
    return new ImageBuild(
            action,
            stores.store(listener),
            stores.images(listener),
            stores.mirrors(progress),
            maker::prepared,
            progress,
            clock,
            effects)
        .build();
  }

  /**
   * Has what VMs start from be there, of which one image may be another's too.
   *
   * @param fresh whether the disks that VMs have of images are removed
   */
  void prepare(Scenario scenario, boolean fresh, EventListener listener) {
    ImageDisks images = stores.imageDisks(listener);
    for (VmDescription vm : scenario.vms()) {
      vm.image()
          .ifPresent(choice -> {
            if (fresh) {
              images.forget(choice);
            }
            images.prepare(choice, recipe -> build(ImageAction.BuildImage.usual(recipe), listener));
          });
    }
  }

  private long remove(ImageStore store, String name, boolean disk) {
    UserDisks disks = stores.disks(EventListener.nobody());
    boolean hasDisk = disk && disks.present(name);
    long bytes = hasDisk ? disks.remove(name) : 0;
    // A disk can outlive its image.
    return hasDisk && store.find(name).isEmpty() ? bytes : bytes + store.remove(name);
  }
}
