using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.Masks;

/// <summary>
/// How masks travel in a schema: as an annotation of a text column, which holds the bytes of a mask file. They cost nothing per row and
/// come through every transform that leaves the annotations of a column alone.
/// </summary>
internal static class MaskColumn
{
    /// <summary>The name of the annotation.</summary>
    public const string AnnotationName = "RandomMask";

    /// <summary>The input with the column after it.</summary>
    public static DataViewSchema Add(DataViewSchema input, string name, byte[] masks)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(AnnotationName, new VectorDataViewType(NumberDataViewType.Byte, masks.Length), (ref VBuffer<byte> value) =>
        {
            var editor = VBufferEditor.Create(ref value, masks.Length);
            masks.CopyTo(editor.Values);
            value = editor.Commit();
        });
        return input.With(name, TextDataViewType.Instance, annotations.ToAnnotations());
    }

    /// <summary>The shape of the input with the column, which replaces one of the same name.</summary>
    public static SchemaShape Add(SchemaShape input, string name)
    {
        var annotation = MLNetInternals.ShapeColumn(AnnotationName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Byte, isKey: false);
        return input.With(MLNetInternals.ShapeColumn(name, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false, [annotation]));
    }

    /// <summary>Checks what the shape of a schema tells of the column.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it carries no masks.</exception>
    public static void Check(SchemaShape schema, string name)
    {
        var column = schema.Find("Mask", name);
        if (!column.Annotations.Any(annotation => annotation.Name == AnnotationName
            && annotation.Kind == SchemaShape.Column.VectorKind.Vector && annotation.ItemType.RawType == typeof(byte)))
        {
            throw NoMasks(name);
        }
    }

    /// <summary>Reads the masks that a column carries.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it carries no masks.</exception>
    /// <exception cref="InvalidDataException">What it carries is damaged.</exception>
    public static NetworkMask Read(DataViewSchema schema, string name)
    {
        var column = schema.Find("Mask", name);
        if (column.Annotations.Schema.GetColumnOrNull(AnnotationName)?.Type is not VectorDataViewType { IsKnownSize: true } type || type.ItemType.RawType != typeof(byte))
        {
            throw NoMasks(name);
        }

        VBuffer<byte> bytes = default;
        column.Annotations.GetValue(AnnotationName, ref bytes);
        try
        {
            using var stream = new MemoryStream([.. bytes.DenseValues()], writable: false);
            return NetworkMask.Load(stream);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"The masks that column '{name}' carries cannot be used. {error.Message}", error);
        }
    }

    /// <summary>The same masks on a network of the same layers.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="network">The network that they are for.</param>
    /// <param name="source">Where the masks come from, for messages.</param>
    /// <exception cref="ArgumentException">A layer is missing or has weights of another shape; the message names the first.</exception>
    public static NetworkMask On(this NetworkMask masks, Network network, string source)
    {
        var given = masks.Network;
        for (int index = 0; index < Math.Max(given.WeightLayers.Count, network.WeightLayers.Count); index++)
        {
            var there = index < given.WeightLayers.Count ? given.WeightLayers[index] : null;
            var here = index < network.WeightLayers.Count ? network.WeightLayers[index] : null;
            if (there is null || here is null || there.Name != here.Name || !there.WeightShape.SequenceEqual(here.WeightShape))
            {
                throw new ArgumentException(
                    $"{source} were made for {Describe(given)}, but the network to train is {Describe(network)}: {Describe(there)} there, and {Describe(here)} here. Make them for the network, the images and the classes that are trained on.");
            }
        }

        // The layers' planes depend on the size of the images, which may be another; the masks do not.
        return given.InputShape == network.InputShape
            ? masks
            : new NetworkMask(network, [.. masks.Layers.Zip(network.WeightLayers, (mask, layer) => WeightMask.FromBits(layer, mask.Bits))], masks.Origin) { RemovesChannels = masks.RemovesChannels };
    }

    private static string Describe(Network network) => $"{network.Name} for images of {network.InputShape} in {network.ClassCount} classes";

    private static string Describe(WeightLayer? layer) =>
        layer is null ? "no layer more" : $"layer '{layer.Name}' with weights [{string.Join(", ", layer.WeightShape)}]";

    private static ArgumentException NoMasks(string name) => new(
        $"Column '{name}' carries no masks. Put mlContext.Transforms.GenerateRandomMask(\"{name}\", …) or mlContext.Transforms.LoadMask(path, \"{name}\") before the trainer.");
}
