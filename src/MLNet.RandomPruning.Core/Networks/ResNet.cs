using System.Globalization;
using System.Text.RegularExpressions;

namespace MLNet.RandomPruning.Networks;

/// <summary>
/// The residual networks for small images, ResNet-A-B (He et al., "Deep residual learning for image recognition", CVPR 2016,
/// section 4.2, with projection shortcuts): A = 6n + 2 layers and B filters in the first convolution; three stages of n basic
/// blocks with B, 2B and 4B filters, the second and third of which halve rows and columns.
/// </summary>
public sealed partial record ResNet
{
    /// <summary>The name of the network that is trained when none is named.</summary>
    public const string DefaultName = "ResNet-20-16";

    private const int Stages = 3;
    private const string Allowed =
        "a network is named ResNet-A-B, with A layers (6n + 2: 8, 14, 20, 32, 44, 56, 110, ...; at most 1202) and B filters in the first convolution (1 to 1024; 16 when left out), for example ResNet-20-16";

    private ResNet(int depth, int width)
    {
        Depth = depth;
        Width = width;
    }

    /// <summary>The number of weight layers on the main path, A = 6n + 2.</summary>
    public int Depth { get; }

    /// <summary>The number of filters of the first convolution, B.</summary>
    public int Width { get; }

    /// <summary>The number of basic blocks in each stage, n.</summary>
    public int BlocksPerStage => (Depth - 2) / 6;

    /// <summary>The number of layers with weights: those of the main path and the two projections of the shortcuts.</summary>
    internal int WeightLayerCount => Depth + Stages - 1;

    /// <summary>Reads a name such as <c>ResNet-20-16</c>, in any case; <c>ResNet-20</c> stands for <c>ResNet-20-16</c>.</summary>
    /// <exception cref="ArgumentException">It is no such name.</exception>
    public static ResNet Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var match = NamePattern().Match(name);
        if (match.Success
            && int.TryParse(match.Groups["depth"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int depth)
            && depth is >= 8 and <= 1202 && (depth - 2) % 6 == 0)
        {
            int width = 16;
            if (!match.Groups["width"].Success
                || (int.TryParse(match.Groups["width"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out width) && width is >= 1 and <= 1024))
            {
                return new ResNet(depth, width);
            }
        }

        throw new ArgumentException($"'{name}' is not a known network: {Allowed}.", nameof(name));
    }

    /// <summary>The layer graph for images of a shape and a number of classes.</summary>
    /// <param name="inputShape">The shape of the images; at least 4 rows and 4 columns.</param>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <exception cref="ArgumentException">The images are too small or there are fewer than two classes.</exception>
    public Network Build(ImageShape inputShape, int classCount)
    {
        if (inputShape.Channels < 1 || inputShape.Height < 4 || inputShape.Width < 4)
        {
            throw new ArgumentException($"{this} takes images of at least 1×4×4 (channels×rows×columns), but these are {inputShape}.", nameof(inputShape));
        }

        if (classCount < 2)
        {
            throw new ArgumentException($"{this} tells at least two classes apart, but there {(classCount == 1 ? "is" : "are")} {classCount}.", nameof(classCount));
        }

        // Weights and the values of one image are counted in 32 bits.
        int lastWidth = Width << (Stages - 1);
        if ((Int128)Math.Max(inputShape.Channels, lastWidth) * inputShape.Height * inputShape.Width > int.MaxValue
            || 9L * Width * inputShape.Channels > int.MaxValue || (long)lastWidth * classCount > int.MaxValue)
        {
            throw new ArgumentException($"{this} for images of {inputShape} (channels×rows×columns) and {classCount} classes is too large: no layer may have more than {int.MaxValue} weights or outputs for an image.", nameof(inputShape));
        }

        var graph = new NetworkBuilder(inputShape);
        int last = graph.Relu("relu", graph.BatchNorm("bn", graph.Convolution("conv", Layer.Image, Width, kernelSize: 3, stride: 1)));
        for (int block = 0; block < Stages * BlocksPerStage; block++)
        {
            int stage = block / BlocksPerStage;
            int stride = stage > 0 && block % BlocksPerStage == 0 ? 2 : 1;
            last = BasicBlock(graph, $"blocks.{block}", last, Width << stage, stride);
        }

        graph.Linear("fc", graph.GlobalAveragePool("pool", last), classCount);
        return new Network(ToString(), inputShape, classCount, graph.Layers);
    }

    /// <summary>The name, for example <c>ResNet-20-16</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"ResNet-{Depth}-{Width}");

    private static int BasicBlock(NetworkBuilder graph, string name, int input, int filters, int stride)
    {
        int inner = graph.Relu($"{name}.relu1", graph.BatchNorm($"{name}.bn1", graph.Convolution($"{name}.conv1", input, filters, kernelSize: 3, stride)));
        int outer = graph.BatchNorm($"{name}.bn2", graph.Convolution($"{name}.conv2", inner, filters, kernelSize: 3, stride: 1));
        int shortcut = stride == 1
            ? input
            : graph.BatchNorm($"{name}.shortcut.1", graph.Convolution($"{name}.shortcut.0", input, filters, kernelSize: 1, stride));
        return graph.Relu($"{name}.relu2", graph.Add($"{name}.add", outer, shortcut));
    }

    [GeneratedRegex(@"^resnet-(?<depth>\d{1,4})(-(?<width>\d{1,4}))?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
