using System.Runtime.InteropServices;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.RandomPruning.Torch;

/// <summary>
/// Brings batches to the device as pixels in [0, 1]: from a copy of the image set on the device where there is one, otherwise by
/// way of the CPU.
/// </summary>
internal sealed class PixelLoader : IDisposable
{
    // A training and a validation set, and as many again for an evaluation in between.
    private const int KeptSets = 4;

    private readonly ImageShape _shape;
    private readonly Device _device;
    private readonly TorchSharpEngineOptions _options;
    private readonly bool _keepsImages;
    private readonly int _capacity;
    private readonly Tensor _host;

    // The set that was used last stands first.
    private readonly List<ResidentImages> _resident = [];
    private readonly HashSet<ImageSet> _tooLarge = new(ReferenceEqualityComparer.Instance);

    public PixelLoader(ImageShape shape, Device device, TorchSharpEngineOptions options, int capacity)
    {
        _shape = shape;
        _device = device;
        _options = options;
        _keepsImages = options.KeepImagesOnDevice ?? device.type == DeviceType.CUDA;
        _capacity = capacity;
        _host = empty([capacity, shape.Channels, shape.Height, shape.Width], ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>
    /// The pixels of some images of a batch, [images, channels, rows, columns]. Belongs to the current scope, and holds only until
    /// the next call.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="first">The first image.</param>
    /// <param name="count">How many, at most the loader's capacity.</param>
    public Tensor Load(ImageBatch batch, int first, int count) =>
        batch is AugmentedBatch augmented && ResidentCopyOf(augmented.Source) is { } resident
            ? resident.Load(augmented, first, count)
            : LoadFromHost(batch, first, count);

    /// <inheritdoc/>
    public void Dispose()
    {
        _host.Dispose();
        _resident.ForEach(images => images.Dispose());
    }

    private Tensor LoadFromHost(ImageBatch batch, int first, int count)
    {
        var pixels = MemoryMarshal.Cast<byte, float>(_host.bytes);
        for (int image = 0; image < count; image++)
        {
            batch.CopyPixels(first + image, pixels.Slice(image * _shape.Size, _shape.Size));
        }

        return _host.narrow(0, 0, count).to(_device);
    }

    private ResidentImages? ResidentCopyOf(ImageSet images)
    {
        if (!_keepsImages || _tooLarge.Contains(images))
        {
            return null;
        }

        int at = _resident.FindIndex(resident => ReferenceEquals(resident.Source, images));
        if (at == 0)
        {
            return _resident[0];
        }

        ResidentImages found;
        if (at > 0)
        {
            found = _resident[at];
            _resident.RemoveAt(at);
        }
        else
        {
            long size = (long)images.Count * _shape.Size;
            while (_resident.Count > 0 && (_resident.Count == KeptSets || size + _resident.Sum(resident => resident.Size) > _options.MaximumImageBytes))
            {
                _resident[^1].Dispose();
                _resident.RemoveAt(_resident.Count - 1);
            }

            if (size > _options.MaximumImageBytes || ResidentImages.TryCopy(images, _device, _capacity) is not { } copy)
            {
                _tooLarge.Add(images);
                return null;
            }

            found = copy;
        }

        _resident.Insert(0, found);
        return found;
    }
}
