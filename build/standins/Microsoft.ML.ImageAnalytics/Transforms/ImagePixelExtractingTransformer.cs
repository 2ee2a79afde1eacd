using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

[assembly: LoadableClass(
    typeof(ImagePixelExtractingTransformer), null, typeof(SignatureLoadModel), "Image Pixel Extractor Transform", ImagePixelExtractingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Image;

/// <summary>Makes vectors of numbers of images of a known size: (value − offset) · scale as floats, or the bytes as they are.</summary>
public sealed class ImagePixelExtractingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ImagePixelExtractor";

    private readonly ChannelLayout _layout;
    private readonly float _offset;
    private readonly float _scale;
    private readonly bool _asFloat;

    internal ImagePixelExtractingTransformer(
        IHostEnvironment env, string outputColumnName, string inputColumnName, ChannelLayout layout, float offset, float scale, bool asFloat)
        : base(env.Register(nameof(ImagePixelExtractingTransformer)), (outputColumnName, inputColumnName))
    {
        if (!float.IsFinite(offset))
        {
            throw new ArgumentOutOfRangeException("offsetImage", offset, "The offset of pixels is a finite number.");
        }

        if (!float.IsFinite(scale) || scale == 0)
        {
            throw new ArgumentOutOfRangeException("scaleImage", scale, "The scale of pixels is a finite number other than 0.");
        }

        _layout = layout;
        _offset = offset;
        _scale = scale;
        _asFloat = asFloat;
    }

    private static ImagePixelExtractingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(ImageColumns.Version<ImagePixelExtractingTransformer>("IMGPXEXT", LoaderSignature));
        (string output, string input) = ImageColumns.Read(ctx.Reader);
        ChannelLayout layout = ChannelLayout.Read(ctx.Reader);
        float offset = ctx.Reader.ReadSingle();
        float scale = ctx.Reader.ReadSingle();
        return new ImagePixelExtractingTransformer(env, output, input, layout, offset, scale, ctx.Reader.ReadBoolean());
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(ImageColumns.Version<ImagePixelExtractingTransformer>("IMGPXEXT", LoaderSignature));
        ImageColumns.Write(ctx.Writer, ColumnPairs[0]);
        _layout.Write(ctx.Writer);
        ctx.Writer.Write(_offset);
        ctx.Writer.Write(_scale);
        ctx.Writer.Write(_asFloat);
    }

    private protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        ImageColumns.CheckIsImage(inputSchema, srcCol);
        if (!((ImageDataViewType)inputSchema[srcCol].Type).IsKnownSize)
        {
            throw new ArgumentOutOfRangeException(
                nameof(inputSchema),
                $"Pixels are extracted from images of one known size, and the images of column '{inputSchema[srcCol].Name}' can have any. Put ResizeImages before ExtractPixels.");
        }
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly ImagePixelExtractingTransformer _parent;
        private readonly VectorDataViewType _type;

        public Mapper(ImagePixelExtractingTransformer parent, DataViewSchema inputSchema)
            : base(parent, inputSchema)
        {
            _parent = parent;
            var image = (ImageDataViewType)inputSchema[ColMapNewToOld[0]].Type;
            _type = parent._layout.VectorType(parent._asFloat ? NumberDataViewType.Single : NumberDataViewType.Byte, image.Height, image.Width);
        }

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
            [new DataViewSchema.DetachedColumn(_parent.ColumnPairs[0].outputColumnName, _type)];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action disposer)
        {
            DataViewSchema.Column column = input.Schema[ColMapNewToOld[iinfo]];
            var source = new ImageConsumer(input, column.Index);
            disposer = source.DisposeLast;

            // A byte has only 256 values, so each is converted once.
            return _parent._asFloat
                ? Getter(input, source, column, Table(value => (value - _parent._offset) * _parent._scale))
                : Getter(input, source, column, Table(value => (byte)value));
        }

        private static T[] Table<T>(Func<int, T> convert) => Enumerable.Range(0, 256).Select(convert).ToArray();

        private ValueGetter<VBuffer<T>> Getter<T>(DataViewRow row, ImageConsumer source, DataViewSchema.Column column, T[] table)
        {
            var size = (ImageDataViewType)column.Type;
            return (ref VBuffer<T> vector) =>
            {
                MLImage image = source.Read();

                // A missing image is a vector of zeros, none of which is stored.
                if (image is null)
                {
                    vector = VBufferEditor.Create(ref vector, _type.Size, 0).Commit();
                    return;
                }

                if (image.Width != size.Width || image.Height != size.Height)
                {
                    throw new InvalidOperationException(
                        $"The image of row {row.Position} in column '{column.Name}' has {image.Width}×{image.Height} pixels, but the column is one of {size.Width}×{size.Height}. Put ResizeImages before ExtractPixels.");
                }

                VBufferEditor<T> editor = VBufferEditor.Create(ref vector, _type.Size);
                Extract(image, editor.Values, table);
                vector = editor.Commit();
            };
        }

        private void Extract<T>(MLImage image, Span<T> values, T[] table)
        {
            ReadOnlySpan<byte> pixels = image.Pixels;
            string channels = _parent._layout.Channels;
            for (int c = 0; c < channels.Length; c++)
            {
                (int to, int step) = _parent._layout.Position(c, pixels.Length / 4);
                for (int from = ChannelLayout.ByteOf(channels[c], image.PixelFormat); from < pixels.Length; from += 4, to += step)
                {
                    values[to] = table[pixels[from]];
                }
            }
        }
    }
}
