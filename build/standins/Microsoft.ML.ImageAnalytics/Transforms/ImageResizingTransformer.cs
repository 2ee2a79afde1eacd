using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

[assembly: LoadableClass(
    typeof(ImageResizingTransformer), null, typeof(SignatureLoadModel), "Image Resizer Transform", ImageResizingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Image;

/// <summary>Brings images to one size.</summary>
public sealed class ImageResizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ImageScalerTransform";

    private readonly ImageDataViewType _type;
    private readonly ImageResizingEstimator.ResizingKind _resizing;
    private readonly ImageResizingEstimator.Anchor _anchor;

    internal ImageResizingTransformer(
        IHostEnvironment env, string outputColumnName, int imageWidth, int imageHeight, string inputColumnName,
        ImageResizingEstimator.ResizingKind resizing, ImageResizingEstimator.Anchor anchor)
        : base(env.Register(nameof(ImageResizingTransformer)), (outputColumnName, inputColumnName))
    {
        if (imageWidth <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(imageWidth), imageWidth, "The width of an image is at least 1.");
        }

        if (imageHeight <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(imageHeight), imageHeight, "The height of an image is at least 1.");
        }

        if (!Enum.IsDefined(resizing))
        {
            throw new ArgumentOutOfRangeException(nameof(resizing), resizing, "There is no such kind of resizing.");
        }

        if (!Enum.IsDefined(anchor))
        {
            throw new ArgumentOutOfRangeException("cropAnchor", anchor, "There is no such anchor.");
        }

        _type = new ImageDataViewType(imageHeight, imageWidth);
        _resizing = resizing;
        _anchor = anchor;
    }

    private static ImageResizingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(ImageColumns.Version<ImageResizingTransformer>("IMGSCALT", LoaderSignature));
        (string output, string input) = ImageColumns.Read(ctx.Reader);
        int width = ImageColumns.ReadSize(ctx.Reader, "an image width");
        int height = ImageColumns.ReadSize(ctx.Reader, "an image height");
        var resizing = ImageColumns.ReadEnum<ImageResizingEstimator.ResizingKind>(ctx.Reader, "a kind of resizing");
        var anchor = ImageColumns.ReadEnum<ImageResizingEstimator.Anchor>(ctx.Reader, "an anchor");
        return new ImageResizingTransformer(env, output, width, height, input, resizing, anchor);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(ImageColumns.Version<ImageResizingTransformer>("IMGSCALT", LoaderSignature));
        ImageColumns.Write(ctx.Writer, ColumnPairs[0]);
        ctx.Writer.Write(_type.Width);
        ctx.Writer.Write(_type.Height);
        ctx.Writer.Write((byte)_resizing);
        ctx.Writer.Write((byte)_anchor);
    }

    private protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol) =>
        ImageColumns.CheckIsImage(inputSchema, srcCol);

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private MLImage Resize(MLImage image)
    {
        if (image is null)
        {
            return null;
        }

        // An image of the new size is handed on as it is, itself and not a copy.
        if (image.Width == _type.Width && image.Height == _type.Height)
        {
            return image;
        }

        byte[] pixels = _resizing == ImageResizingEstimator.ResizingKind.Fill
            ? ImageResampler.Nearest(image.BgraPixels(), image.Width, image.Height, _type.Width, _type.Height)
            : ImageResampler.Bilinear(
                image.BgraPixels(), image.Width, image.Height,
                ImagePlacement.Of(image.Width, image.Height, _type.Width, _type.Height, _resizing, _anchor), _type.Width, _type.Height);
        return new MLImage(_type.Width, _type.Height, MLPixelFormat.Bgra32, pixels) { Tag = image.Tag };
    }

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly ImageResizingTransformer _parent;

        public Mapper(ImageResizingTransformer parent, DataViewSchema inputSchema)
            : base(parent, inputSchema) => _parent = parent;

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
            [new DataViewSchema.DetachedColumn(_parent.ColumnPairs[0].outputColumnName, _parent._type)];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            var source = new ImageConsumer(input, ColMapNewToOld[iinfo]);
            return ImageProducer.Getter(() => _parent.Resize(source.Read()));
        }
    }
}
