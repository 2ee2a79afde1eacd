using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.Tool.Scoring;

/// <summary>Image files of any size as data, read one after the other as rows are asked for. Rows of a class could not hold them: there the size of images is declared.</summary>
internal sealed class ImageFiles : IDataView
{
    /// <summary>The column with the files as they were given; no model's images are in a column of this name.</summary>
    public const string FileName = "randprune: file";

    /// <summary>The column with the images, each in its own size.</summary>
    public const string ImageName = "Image";

    private readonly IReadOnlyList<string> _files;
    private readonly Action<string>? _skipped;

    /// <param name="files">The files.</param>
    /// <param name="skipped">Told of each file that is no readable image, which is then left out; null to fail at the first.</param>
    public ImageFiles(IReadOnlyList<string> files, Action<string>? skipped)
    {
        _files = files;
        _skipped = skipped;
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(FileName, TextDataViewType.Instance);
        builder.AddColumn(ImageName, new ImageDataViewType());
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => _skipped is null ? _files.Count : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, [.. columnsNeeded.Select(column => column.Index)]);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private static MLImage Read(string file)
    {
        if (!File.Exists(file))
        {
            throw new InvalidDataException(Directory.Exists(file) ? $"The image '{file}' is a folder; name files." : $"There is no image file '{file}'.");
        }

        string reason = "it is no PNG, BMP or JPEG file, or it is damaged";
        try
        {
            byte[] content = File.ReadAllBytes(file);
            if (ImageFileEnd.IsMissing(content))
            {
                reason = "it is cut short";
            }
            else if (MLImage.CreateFromStream(new MemoryStream(content, writable: false)) is { } image)
            {
                return image;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            reason = error is UnauthorizedAccessException ? "it cannot be read" : ErrorText.Of(error).TrimEnd('.');
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // What the decoder says of its input would mean nothing to the reader.
        }

        throw new InvalidDataException($"The image '{file}' cannot be scored: {reason}.");
    }

    private sealed class Cursor(ImageFiles view, HashSet<int> active) : DataViewRowCursor
    {
        private int _next;
        private long _position = -1;
        private bool _ended;
        private MLImage? _image;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        private string File => _position >= 0
            ? view._files[_next - 1]
            : throw new InvalidOperationException("The cursor stands on no row: MoveNext has not been called, or has returned false.");

        public override bool MoveNext()
        {
            Release();
            while (!_ended && _next < view._files.Count)
            {
                string file = view._files[_next++];
                try
                {
                    _image = Read(file);
                }
                catch (InvalidDataException error) when (view._skipped is not null)
                {
                    view._skipped($"{error.Message.TrimEnd('.')}; it is left out.");
                    continue;
                }

                _position++;
                return true;
            }

            _ended = true;
            _position = -1;
            return false;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Delegate? getter = !active.Contains(column.Index) ? null
                : column.Name == ImageName ? (ValueGetter<MLImage>)GetImage
                : (ValueGetter<ReadOnlyMemory<char>>)GetFile;
            return getter as ValueGetter<TValue> ?? throw ColumnAddingMapper.NoGetter(column, typeof(TValue));
        }

        protected override void Dispose(bool disposing)
        {
            _ended = true;
            _position = -1;
            Release();
            base.Dispose(disposing);
        }

        private void GetFile(ref ReadOnlyMemory<char> value) => value = File.AsMemory();

        // As ML.NET's own stages do: each call makes an image, which belongs to the caller, and takes back the one that the variable held.
        private void GetImage(ref MLImage value)
        {
            string file = File;
            value?.Dispose();
            value = _image ?? Read(file);
            _image = null;
        }

        private void Release()
        {
            _image?.Dispose();
            _image = null;
        }
    }
}
