using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

[assembly: LoadableClass(
    typeof(ImageGrayscalingTransformer), null, typeof(SignatureLoadModel), "Image Greyscale Transform", ImageGrayscalingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Image;

/// <summary>Takes the colour out of images: each of red, green and blue becomes the luma of Rec. 601; alpha stays.</summary>
public sealed class ImageGrayscalingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ImageGrayscaleTransform";

    internal ImageGrayscalingTransformer(IHostEnvironment env, string outputColumnName, string inputColumnName)
        : base(env.Register(nameof(ImageGrayscalingTransformer)), (outputColumnName, inputColumnName))
    {
    }

    private static ImageGrayscalingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(ImageColumns.Version<ImageGrayscalingTransformer>("IMGGREYT", LoaderSignature));
        (string output, string input) = ImageColumns.Read(ctx.Reader);
        return new ImageGrayscalingTransformer(env, output, input);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(ImageColumns.Version<ImageGrayscalingTransformer>("IMGGREYT", LoaderSignature));
        ImageColumns.Write(ctx.Writer, ColumnPairs[0]);
    }

    private protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol) =>
        ImageColumns.CheckIsImage(inputSchema, srcCol);

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly ImageGrayscalingTransformer _parent;

        public Mapper(ImageGrayscalingTransformer parent, DataViewSchema inputSchema)
            : base(parent, inputSchema) => _parent = parent;

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
            [new DataViewSchema.DetachedColumn(_parent.ColumnPairs[0].outputColumnName, InputSchema[ColMapNewToOld[0]].Type)];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action disposer)
        {
            var source = new ImageConsumer(input, ColMapNewToOld[iinfo]);
            disposer = source.DisposeLast;
            return ImageProducer.Getter(() => ToGray(source.Read()));
        }

        private static MLImage ToGray(MLImage image)
        {
            if (image is null)
            {
                return null;
            }

            byte[] pixels = image.BgraPixels().ToArray();
            for (int i = 0; i < pixels.Length; i += 4)
            {
                double luma = 0.299 * pixels[i + 2] + 0.587 * pixels[i + 1] + 0.114 * pixels[i];

                // A premultiplied colour is never above its alpha.
                pixels[i] = pixels[i + 1] = pixels[i + 2] = (byte)Math.Min(pixels[i + 3], luma + 0.5);
            }

            return new MLImage(image.Width, image.Height, MLPixelFormat.Bgra32, pixels) { Tag = image.Tag };
        }
    }
}
