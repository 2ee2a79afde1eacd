using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

[assembly: LoadableClass(
    typeof(ImageLoadingTransformer), null, typeof(SignatureLoadModel), "Image Loading Transform", ImageLoadingTransformer.LoaderSignature)]

namespace Microsoft.ML.Data;

/// <summary>Reads the image files that a text column names, as images or as their bytes. An empty name gives no image.</summary>
public sealed class ImageLoadingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ImageLoaderTransform";

    /// <summary>The folder that the names are relative to; null or empty when they are paths by themselves.</summary>
    public readonly string ImageFolder;

    private readonly bool _rawBytes;

    internal ImageLoadingTransformer(IHostEnvironment env, string imageFolder, bool rawBytes, string outputColumnName, string inputColumnName)
        : base(env.Register(nameof(ImageLoadingTransformer)), (outputColumnName, inputColumnName))
    {
        ImageFolder = imageFolder;
        _rawBytes = rawBytes;
    }

    private static ImageLoadingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(ImageColumns.Version<ImageLoadingTransformer>("IMGLOADR", LoaderSignature));
        (string output, string input) = ImageColumns.Read(ctx.Reader);
        bool rawBytes = ctx.Reader.ReadBoolean();
        return new ImageLoadingTransformer(env, ctx.Reader.ReadString(), rawBytes, output, input);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(ImageColumns.Version<ImageLoadingTransformer>("IMGLOADR", LoaderSignature));
        ImageColumns.Write(ctx.Writer, ColumnPairs[0]);
        ctx.Writer.Write(_rawBytes);
        ctx.Writer.Write(ImageFolder ?? "");
    }

    private protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        if (inputSchema[srcCol].Type is not TextDataViewType)
        {
            throw Contracts.ExceptSchemaMismatch(
                nameof(inputSchema), "input", inputSchema[srcCol].Name, TextDataViewType.Instance.ToString(), inputSchema[srcCol].Type.ToString());
        }
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly ImageLoadingTransformer _parent;

        public Mapper(ImageLoadingTransformer parent, DataViewSchema inputSchema)
            : base(parent, inputSchema) => _parent = parent;

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore()
        {
            DataViewType type = _parent._rawBytes ? new VectorDataViewType(NumberDataViewType.Byte) : new ImageDataViewType();
            return [new DataViewSchema.DetachedColumn(_parent.ColumnPairs[0].outputColumnName, type)];
        }

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            ValueGetter<ReadOnlyMemory<char>> name = input.GetGetter<ReadOnlyMemory<char>>(input.Schema[ColMapNewToOld[iinfo]]);
            return _parent._rawBytes ? BytesGetter(name) : ImageGetter(name, out disposer);
        }

        private ValueGetter<MLImage> ImageGetter(ValueGetter<ReadOnlyMemory<char>> name, out Action disposer) => ImageProducer.Getter(
            () => Load(name), out disposer);

        private MLImage Load(ValueGetter<ReadOnlyMemory<char>> name)
        {
            string path = PathOf(name);
            if (path is null)
            {
                return null;
            }

            MLImage image = MLImage.CreateFromFile(path);
            image.Tag = path;
            return image;
        }

        private ValueGetter<VBuffer<byte>> BytesGetter(ValueGetter<ReadOnlyMemory<char>> name) => (ref VBuffer<byte> bytes) =>
        {
            string path = PathOf(name);
            if (path is null)
            {
                bytes = VBufferEditor.Create(ref bytes, 0).Commit();
                return;
            }

            // Read into the vector's own array where it is large enough, so that many rows take one.
            using FileStream file = File.OpenRead(path);
            if (file.Length > Array.MaxLength)
            {
                throw new InvalidOperationException($"The image file '{path}' has {file.Length} bytes; at most {Array.MaxLength} can be read.");
            }

            VBufferEditor<byte> editor = VBufferEditor.Create(ref bytes, (int)file.Length);
            file.ReadExactly(editor.Values);
            bytes = editor.Commit();
        };

        private string PathOf(ValueGetter<ReadOnlyMemory<char>> name)
        {
            ReadOnlyMemory<char> text = default;
            name(ref text);
            if (text.IsEmpty)
            {
                return null;
            }

            string path = string.IsNullOrEmpty(_parent.ImageFolder) ? text.ToString() : Path.Combine(_parent.ImageFolder, text.ToString());
            return File.Exists(path) ? path
                : throw new FileNotFoundException($"There is no image file '{path}', which column '{_parent.ColumnPairs[0].inputColumnName}' names.", path);
        }
    }
}
