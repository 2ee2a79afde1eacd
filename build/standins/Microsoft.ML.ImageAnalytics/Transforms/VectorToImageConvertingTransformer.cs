using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

[assembly: LoadableClass(
    typeof(VectorToImageConvertingTransformer), null, typeof(SignatureLoadModel), "Vector To Image Transform", VectorToImageConvertingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Image;

/// <summary>
/// Makes images of vectors of numbers: value · scale − offset, without the fraction and of that the lowest eight bits. Of a vector without
/// alpha the image is opaque where the values are taken as they are, and has alpha 0 where there is a scale or an offset.
/// </summary>
public sealed class VectorToImageConvertingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "VectorToImageTransform";

    private readonly VectorToImageOptions _options;

    internal VectorToImageConvertingTransformer(IHostEnvironment env, string outputColumnName, string inputColumnName, VectorToImageOptions options)
        : base(env.Register(nameof(VectorToImageConvertingTransformer)), (outputColumnName, inputColumnName))
    {
        _options = options;
    }

    internal static bool IsItemType(DataViewType type) =>
        type == NumberDataViewType.Single || type == NumberDataViewType.Double || type == NumberDataViewType.Byte;

    private static VectorToImageConvertingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(ImageColumns.Version<VectorToImageConvertingTransformer>("VECTOIMG", LoaderSignature));
        (string output, string input) = ImageColumns.Read(ctx.Reader);
        return new VectorToImageConvertingTransformer(env, output, input, VectorToImageOptions.Read(ctx.Reader));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(ImageColumns.Version<VectorToImageConvertingTransformer>("VECTOIMG", LoaderSignature));
        ImageColumns.Write(ctx.Writer, ColumnPairs[0]);
        _options.Write(ctx.Writer);
    }

    private protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        DataViewSchema.Column column = inputSchema[srcCol];
        if (column.Type is not VectorDataViewType { IsKnownSize: true } vector || !IsItemType(vector.ItemType))
        {
            throw Contracts.ExceptSchemaMismatch(
                nameof(inputSchema), "input", column.Name, "a known-size vector of Single, Double or Byte", column.Type.ToString());
        }

        if (vector.Size != _options.VectorSize)
        {
            throw new ArgumentOutOfRangeException(
                nameof(inputSchema),
                $"Column '{column.Name}' has vectors of {vector.Size} values, but an image of {_options.Width}×{_options.Height} pixels with the channels {_options.Layout.Channels} takes {_options.VectorSize}.");
        }
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly VectorToImageConvertingTransformer _parent;

        public Mapper(VectorToImageConvertingTransformer parent, DataViewSchema inputSchema)
            : base(parent, inputSchema) => _parent = parent;

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
        [
            new DataViewSchema.DetachedColumn(
                _parent.ColumnPairs[0].outputColumnName, new ImageDataViewType(_parent._options.Height, _parent._options.Width)),
        ];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            DataViewSchema.Column column = input.Schema[ColMapNewToOld[iinfo]];
            DataViewType itemType = ((VectorDataViewType)column.Type).ItemType;
            return itemType == NumberDataViewType.Single ? Getter<float>(input, column)
                : itemType == NumberDataViewType.Double ? Getter<double>(input, column)
                : Getter<byte>(input, column);
        }

        private ValueGetter<MLImage> Getter<T>(DataViewRow input, DataViewSchema.Column column)
            where T : INumber<T>
        {
            ValueGetter<VBuffer<T>> getter = input.GetGetter<VBuffer<T>>(column);
            VBuffer<T> vector = default;
            var values = new T[_parent._options.VectorSize];

            // The image of the row before is not disposed: its holder may have it on.
            return (ref MLImage image) =>
            {
                getter(ref vector);

                // An empty vector is a missing image, as a missing image is one of zeros the other way.
                if (vector.Length == 0)
                {
                    image = null;
                    return;
                }

                if (vector.Length != values.Length)
                {
                    throw new InvalidOperationException(
                        $"The vector of row {input.Position} in column '{column.Name}' has {vector.Length} values; an image takes {values.Length}.");
                }

                vector.CopyTo(values);
                image = Make<T>(values);
            };
        }

        private MLImage Make<T>(ReadOnlySpan<T> values)
            where T : INumber<T>
        {
            VectorToImageOptions options = _parent._options;
            bool isPlain = typeof(T) == typeof(byte) || (options.Scale == 1 && options.Offset == 0);
            byte absentAlpha = isPlain ? byte.MaxValue : (byte)0;
            var pixels = new byte[options.Width * options.Height * 4];
            string present = options.Layout.Channels;
            foreach (char channel in "ARGB")
            {
                int to = ChannelLayout.ByteOf(channel, MLPixelFormat.Bgra32);
                int index = present.IndexOf(channel);
                (int from, int step) = index < 0 ? (0, 0) : options.Layout.Position(index, options.Width * options.Height);
                for (; to < pixels.Length; to += 4, from += step)
                {
                    pixels[to] = index >= 0 ? ToByte(values[from], isPlain) : channel == 'A' ? absentAlpha : (byte)0;
                }
            }

            return new MLImage(options.Width, options.Height, MLPixelFormat.Bgra32, pixels) { Tag = nameof(VectorToImageConvertingTransformer) };
        }

        private byte ToByte<T>(T value, bool isPlain)
            where T : INumber<T>
        {
            float number = float.CreateTruncating(value);
            return unchecked((byte)(int)(isPlain ? number : number * _parent._options.Scale - _parent._options.Offset));
        }
    }
}
