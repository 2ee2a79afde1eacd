using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

[assembly: LoadableClass(
    typeof(VectorToImageConvertingTransformer), null, typeof(SignatureLoadModel), "Vector To Image Transform", VectorToImageConvertingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Image;

/// <summary>Makes images of vectors of numbers: value · scale + offset, rounded and held within 0 to 255.</summary>
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
            return ImageProducer.Getter(() =>
            {
                getter(ref vector);

                // An empty vector is a missing image, as a missing image is one of zeros the other way.
                if (vector.Length == 0)
                {
                    return null;
                }

                if (vector.Length != values.Length)
                {
                    throw new InvalidOperationException(
                        $"The vector of row {input.Position} in column '{column.Name}' has {vector.Length} values; an image takes {values.Length}.");
                }

                vector.CopyTo(values);
                return Make(values, input, column);
            });
        }

        private MLImage Make<T>(ReadOnlySpan<T> values, DataViewRow row, DataViewSchema.Column column)
            where T : INumber<T>
        {
            VectorToImageOptions options = _parent._options;
            var pixels = new byte[options.Width * options.Height * 4];
            string present = options.Layout.Channels;
            foreach (char channel in "ARGB")
            {
                int to = ChannelLayout.ByteOf(channel, MLPixelFormat.Bgra32);
                int index = present.IndexOf(channel);
                (int from, int step) = index < 0 ? (0, 0) : options.Layout.Position(index, options.Width * options.Height);
                for (; to < pixels.Length; to += 4, from += step)
                {
                    pixels[to] = index < 0 ? options.Default(channel) : ToByte(values[from], row, column);
                }
            }

            return new MLImage(options.Width, options.Height, MLPixelFormat.Bgra32, pixels);
        }

        private byte ToByte<T>(T value, DataViewRow row, DataViewSchema.Column column)
            where T : INumber<T>
        {
            double scaled = double.CreateChecked(value) * _parent._options.Scale + _parent._options.Offset;
            if (double.IsNaN(scaled))
            {
                throw new InvalidOperationException($"The vector of row {row.Position} in column '{column.Name}' has a NaN, which no pixel can show.");
            }

            return (byte)Math.Clamp(Math.Round(scaled, MidpointRounding.AwayFromZero), 0, 255);
        }
    }
}
