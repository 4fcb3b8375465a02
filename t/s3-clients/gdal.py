# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# GDAL's file systems, as its users reach objects with them:
#
#     gdal.py STAGE ROOT FOLDER
#
# ROOT is "/vsis3/files" or "/vsicurl/http://...".  Says a line for each step:
# its name, and "ok" or what went wrong.

import os
import sys

from osgeo import gdal

gdal.UseExceptions()

stage, root, folder = sys.argv[1:]


def step(name):
    def run(function):
        gdal.ErrorReset()
        gdal.VSICurlClearCache()
        try:
            result = function() or 'ok'
        except Exception as error:
            result = repr(error)
        if result != 'ok':
            result = '%s (%s)' % (result, gdal.GetLastErrorMsg())
        print('%s -> %s' % (name, str(result).replace('\n', ' ')))
        return function
    return run


def same(a, b):
    return None if a == b else '%.200r, not %.200r' % (a, b)


def raster(name, size):
    ds = gdal.GetDriverByName('GTiff').Create(name, size, size, 1,
                                              gdal.GDT_UInt16)
    band = ds.GetRasterBand(1)
    for y in range(size):
        band.WriteRaster(0, y, size, 1, b''.join(
            ((x * y) & 0xffff).to_bytes(2, 'little') for x in range(size)))
    ds = None


def sum_of(name):
    ds = gdal.Open(name)
    return ds.GetRasterBand(1).Checksum()


def content(name):
    f = gdal.VSIFOpenL(name, 'rb')
    if f is None:
        return None
    data = gdal.VSIFReadL(1, 1 << 25, f)
    gdal.VSIFCloseL(f)
    return bytes(data)


def read():
    local = os.path.join(folder, 'raster.tif')

    @step('open')
    def f():
        return same(sum_of(root + '/raster.tif'), sum_of(local))

    @step('a window')
    def f():
        a, b = [gdal.Open(n).ReadRaster(700, 700, 20, 20)
                for n in (local, root + '/raster.tif')]
        return same(a == b, True)

    @step('all of it')
    def f():
        with open(local, 'rb') as file:
            return same(content(root + '/raster.tif') == file.read(), True)

    @step('stat')
    def f():
        s = gdal.VSIStatL(root + '/raster.tif')
        return same(s.size, os.path.getsize(local))

    @step('not there')
    def f():
        return same(gdal.VSIStatL(root + '/none.tif'), None)


def write():
    @step('write')
    def f():
        f = gdal.VSIFOpenL(root + '/d/a b', 'wb')
        gdal.VSIFWriteL('one', 1, 3, f)
        return same(gdal.VSIFCloseL(f), 0)

    @step('write, large')
    def f():
        with open(os.path.join(folder, 'large'), 'rb') as file:
            data = file.read()
        f = gdal.VSIFOpenL(root + '/d/large', 'wb')
        for at in range(0, len(data), 1 << 20):
            gdal.VSIFWriteL(data[at:at + (1 << 20)], 1,
                            len(data[at:at + (1 << 20)]), f)
        return same(gdal.VSIFCloseL(f), 0)

    @step('translate')
    def f():
        gdal.Translate(root + '/raster.tif', os.path.join(folder, 'raster.tif'))

    @step('mkdir')
    def f():
        return same(gdal.Mkdir(root + '/made', 0o755), 0)

    @step('ReadDir')
    def f():
        return same(sorted(gdal.ReadDir(root + '/d')), ['a b', 'large'])


def inside():
    @step('Rename')
    def f():
        return same(gdal.Rename(root + '/d/a b', root + '/d/moved'), 0)

    @step('Sync of a file')
    def f():
        return same(gdal.Sync(root + '/d/large', root + '/d/copy'), True)

    @step('Sync')
    def f():
        return same(gdal.Sync(root + '/d/', root + '/s'), True)


def delete():
    @step('Unlink')
    def f():
        return same(gdal.Unlink(root + '/d/moved'), 0)

    @step('UnlinkBatch')
    def f():
        return same(gdal.UnlinkBatch([root + '/d/large', root + '/d/copy']),
                    True)

    @step('RmdirRecursive')
    def f():
        return same(gdal.RmdirRecursive(root + '/s'), 0)


def make():
    raster(os.path.join(folder, 'raster.tif'), 1500)


globals()[stage]()
